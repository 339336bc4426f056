/// What a responder answers a request with.
///
/// The server adds `Content-Length`, `Date` and, where it matters, `Connection`; it ignores a `Content-Length`,
/// `Transfer-Encoding` or `Keep-Alive` set here, since framing is its own business. A `Connection: close` set here
/// is honoured. Answer `HEAD` as `GET`: the body is left out, its length is told.
package struct Response: Sendable, Equatable {
    /// The status; one that could not end an exchange is sent as 500.
    package var status: Status
    /// The header fields; a name that is no token is left out, a control character in a value becomes a space.
    package var headers: HeaderFields
    /// The content, sent as it is; never sent for 204, 304 or `HEAD`.
    package var body: [UInt8]

    /// A response; without arguments behind the status it has neither fields nor content.
    package init(status: Status, headers: HeaderFields = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
