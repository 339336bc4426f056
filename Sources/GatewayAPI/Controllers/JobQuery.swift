import GatewayCore
import HTTPServer

/// The query of a job route.
///
/// An unknown parameter is refused: a misspelt `dryRun` must not cancel a job.
struct JobQuery: Sendable, Hashable {
    /// Whether nothing is to be cancelled.
    let isDryRun: Bool
    /// The name of the target, where one is given.
    let target: String?

    /// Reads the query of a request.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - allowsDryRun: Whether the route knows `dryRun`.
    /// - Throws: `invalid-request`.
    init(_ request: Request, allowsDryRun: Bool) throws(GatewayError) {
        let items: [(name: String, value: String)]
        do {
            items = try request.queryItems()
        } catch {
            throw GatewayError(.invalidRequest, error.publicSentence)
        }
        var isDryRun = false
        var target: String?
        var seen: Set<String> = []
        for (name, value) in items {
            guard seen.insert(name).inserted else {
                throw GatewayError(.invalidRequest, "A query parameter is given twice.")
            }
            switch name {
            case "target":
                target = value
            case "dryRun" where allowsDryRun:
                switch value {
                case "true": isDryRun = true
                case "false": isDryRun = false
                default: throw GatewayError(.invalidRequest, "`dryRun` is `true` or `false`.")
                }
            default:
                let known = allowsDryRun ? "`target` and `dryRun`" : "`target`"
                throw GatewayError(.invalidRequest, "The query has an unknown parameter; known: \(known).")
            }
        }
        self.isDryRun = isDryRun
        self.target = target
    }
}
