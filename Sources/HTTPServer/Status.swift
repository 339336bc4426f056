/// A response's status code and the phrase that stands behind it on the wire.
package struct Status: Sendable, Hashable {
    /// Three digits; a code outside 200 to 599 is sent as 500, since nothing else can end an exchange.
    package let code: Int

    /// A status by its number, for those without a name here.
    package init(code: Int) {
        self.code = code
    }

    /// The phrase of RFC 9110, section 15, or an empty string for a code without one.
    package var reasonPhrase: String {
        Self.phrases[code] ?? ""
    }

    /// Whether a response of this status never has content (RFC 9112, section 6.3).
    var forbidsContent: Bool {
        code == 204 || code == 304
    }

    /// 200 OK.
    package static let ok = Status(code: 200)
    /// 201 Created.
    package static let created = Status(code: 201)
    /// 202 Accepted.
    package static let accepted = Status(code: 202)
    /// 204 No Content.
    package static let noContent = Status(code: 204)
    /// 301 Moved Permanently.
    package static let movedPermanently = Status(code: 301)
    /// 303 See Other.
    package static let seeOther = Status(code: 303)
    /// 304 Not Modified.
    package static let notModified = Status(code: 304)
    /// 307 Temporary Redirect.
    package static let temporaryRedirect = Status(code: 307)
    /// 308 Permanent Redirect.
    package static let permanentRedirect = Status(code: 308)
    /// 400 Bad Request.
    package static let badRequest = Status(code: 400)
    /// 401 Unauthorized.
    package static let unauthorized = Status(code: 401)
    /// 403 Forbidden.
    package static let forbidden = Status(code: 403)
    /// 404 Not Found.
    package static let notFound = Status(code: 404)
    /// 405 Method Not Allowed.
    package static let methodNotAllowed = Status(code: 405)
    /// 406 Not Acceptable.
    package static let notAcceptable = Status(code: 406)
    /// 408 Request Timeout.
    package static let requestTimeout = Status(code: 408)
    /// 409 Conflict.
    package static let conflict = Status(code: 409)
    /// 410 Gone.
    package static let gone = Status(code: 410)
    /// 411 Length Required.
    package static let lengthRequired = Status(code: 411)
    /// 412 Precondition Failed.
    package static let preconditionFailed = Status(code: 412)
    /// 413 Content Too Large.
    package static let contentTooLarge = Status(code: 413)
    /// 414 URI Too Long.
    package static let uriTooLong = Status(code: 414)
    /// 415 Unsupported Media Type.
    package static let unsupportedMediaType = Status(code: 415)
    /// 417 Expectation Failed.
    package static let expectationFailed = Status(code: 417)
    /// 422 Unprocessable Content.
    package static let unprocessableContent = Status(code: 422)
    /// 429 Too Many Requests.
    package static let tooManyRequests = Status(code: 429)
    /// 431 Request Header Fields Too Large.
    package static let requestHeaderFieldsTooLarge = Status(code: 431)
    /// 500 Internal Server Error.
    package static let internalServerError = Status(code: 500)
    /// 501 Not Implemented.
    package static let notImplemented = Status(code: 501)
    /// 502 Bad Gateway.
    package static let badGateway = Status(code: 502)
    /// 503 Service Unavailable.
    package static let serviceUnavailable = Status(code: 503)
    /// 504 Gateway Timeout.
    package static let gatewayTimeout = Status(code: 504)
    /// 505 HTTP Version Not Supported.
    package static let httpVersionNotSupported = Status(code: 505)

    private static let phrases: [Int: String] = [
        200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 206: "Partial Content",
        301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified", 307: "Temporary Redirect",
        308: "Permanent Redirect",
        400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
        406: "Not Acceptable", 408: "Request Timeout", 409: "Conflict", 410: "Gone", 411: "Length Required",
        412: "Precondition Failed", 413: "Content Too Large", 414: "URI Too Long", 415: "Unsupported Media Type",
        417: "Expectation Failed", 421: "Misdirected Request", 422: "Unprocessable Content", 425: "Too Early",
        426: "Upgrade Required", 428: "Precondition Required", 429: "Too Many Requests",
        431: "Request Header Fields Too Large",
        500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
        504: "Gateway Timeout", 505: "HTTP Version Not Supported",
    ]
}
