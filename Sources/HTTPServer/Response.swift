/// What a responder answers a request with.
///
/// The server adds `Content-Length`, `Date` and, where it matters, `Connection`; it ignores a `Content-Length`,
/// `Transfer-Encoding` or `Keep-Alive` set here, since framing is its own business. A `Connection: close` set here
/// is honoured. Answer `HEAD` as `GET`: the body is left out, its length is told.
package struct Response: Sendable, Equatable {
    package var status: Status
    package var headers: HeaderFields
    package var body: [UInt8]

    /// A response; without arguments behind the status it has neither fields nor content.
    package init(status: Status, headers: HeaderFields = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
