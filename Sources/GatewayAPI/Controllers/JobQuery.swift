import GatewayCore
import HTTPServer

/// The query of a job route.
///
/// An unknown parameter is refused: a misspelt `dryRun` must not cancel a job.
struct JobQuery: Sendable, Hashable {
    /// Whether nothing is to be cancelled.
    let isDryRun: Bool

    /// Reads the query of a request.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - targetName: The name of the one target there is.
    ///   - allowsDryRun: Whether the route knows `dryRun`.
    /// - Throws: `invalid-request`, or `job-not-found` for a target that there is not.
    init(_ request: Request, targetName: String, allowsDryRun: Bool) throws(GatewayError) {
        let items: [(name: String, value: String)]
        do {
            items = try request.queryItems()
        } catch {
            throw GatewayError(.invalidRequest, error.publicSentence)
        }
        var isDryRun = false
        var seen: Set<String> = []
        for (name, value) in items {
            guard seen.insert(name).inserted else {
                throw GatewayError(.invalidRequest, "A query parameter is given twice.")
            }
            switch name {
            case "target":
                guard value == targetName else {
                    throw GatewayError(.jobNotFound, "There is no such target.", hint: "Leave `target` out.")
                }
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
    }
}
