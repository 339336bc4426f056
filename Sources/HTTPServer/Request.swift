/// One complete request, checked and bounded by the server.
package struct Request: Sendable {
    /// The method as sent, for example `DELETE`.
    package let method: String
    /// The request target as sent, for example `/a%20b?x=1`.
    package let target: String
    /// The target's path, still percent-encoded; begins with `/`, or is `*` for `OPTIONS *`.
    package let path: String
    /// The target's query, still encoded; `nil` without a `?`.
    package let query: String?
    /// The header fields as sent; trailer fields are never among them.
    package let headers: HeaderFields
    /// The content, free of any transfer coding.
    package let body: [UInt8]
    /// HTTP/1.1 or HTTP/1.0.
    package let version: (major: Int, minor: Int)
    /// The client's address, for example `127.0.0.1` or `::1`.
    package let remoteAddress: String?
    /// Whether the client still waits for the answer.
    package let client: ClientPresence

    /// A request that no server has checked, for tests; the target is split at its first `?`.
    package init(
        method: String, target: String, headers: HeaderFields = [:], body: [UInt8] = [], remoteAddress: String? = nil
    ) {
        self.init(
            method: method, target: RequestTarget(originForm: target), headers: headers, body: body,
            version: (1, 1), remoteAddress: remoteAddress, client: ClientPresence())
    }

    init(
        method: String, target: RequestTarget, headers: HeaderFields, body: [UInt8], version: (major: Int, minor: Int),
        remoteAddress: String?, client: ClientPresence
    ) {
        self.client = client
        self.method = method
        self.target = target.text
        path = target.path
        query = target.query
        self.headers = headers
        self.body = body
        self.version = version
        self.remoteAddress = remoteAddress
    }

    /// The path's segments, each percent-decoded once; empty for `/`.
    ///
    /// The path is split at its slashes before anything is decoded. Empty segments (`//`, or a slash at the end)
    /// are kept as empty strings.
    ///
    /// - Throws: `RequestTargetError` if a segment does not decode to UTF-8, or decodes to one that holds a control
    ///   character or a slash, or is `.` or `..`.
    package func pathSegments() throws(RequestTargetError) -> [String] {
        let relative = path.hasPrefix("/") ? path.dropFirst() : path[...]
        guard !relative.isEmpty else { return [] }
        var segments: [String] = []
        for raw in relative.split(separator: "/", omittingEmptySubsequences: false) {
            segments.append(try PercentDecoding.segment(raw))
        }
        return segments
    }

    /// The query's items in order, decoded as a form: `+` is a space, an item without `=` has an empty value.
    ///
    /// - Throws: `RequestTargetError` if a name or value does not decode to UTF-8.
    package func queryItems() throws(RequestTargetError) -> [(name: String, value: String)] {
        guard let query else { return [] }
        var items: [(name: String, value: String)] = []
        for item in query.split(separator: "&") {
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = try PercentDecoding.formText(parts[0])
            let value = parts.count == 2 ? try PercentDecoding.formText(parts[1]) : ""
            items.append((name, value))
        }
        return items
    }
}
