/// Which pages may read the gateway's answers in a browser, and for how long a browser may remember so.
package struct CORSPolicy: Sendable, Hashable {
    /// The origins of those pages; without any the gateway has no part in CORS.
    package var origins: [Origin]
    /// How long a browser may keep the answer to a preflight; told in whole seconds.
    package var maxAge: Duration

    /// Creates a policy; without arguments, the one that lets no page read anything.
    package init(origins: [Origin] = [], maxAge: Duration = .seconds(600)) {
        self.origins = origins
        self.maxAge = maxAge
    }

    /// The configured origin that a request comes from.
    ///
    /// A browser sends an origin in one form alone, so it is compared as it is.
    ///
    /// - Parameter values: The values of the request's `Origin` fields.
    /// - Returns: `nil` for another origin, for `null`, and for none or several.
    func origin(of values: [String]) -> Origin? {
        guard values.count == 1 else { return nil }
        return origins.first { $0.text == values.first }
    }
}
