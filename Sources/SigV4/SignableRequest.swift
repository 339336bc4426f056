/// A request as it goes over the wire, as far as a signature is concerned.
package struct SignableRequest: Sendable {
    /// The method as sent, `POST`.
    package var method: String
    /// The path as sent: percent-encoded, beginning with `/`, without a query.
    package var path: String
    /// The names and values of the query, percent-decoded, in any order.
    package var query: [(name: String, value: String)]
    /// The header fields, `Host` among them; names in any case, a repeated field in the order sent.
    package var headers: [(name: String, value: String)]
    /// The body as sent, empty when there is none.
    package var body: [UInt8]

    /// Creates a request from its parts.
    package init(
        method: String,
        path: String,
        query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)],
        body: [UInt8] = []
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }
}
