import GatewayAPI
import Jobs

extension GatewayConfiguration {
    /// The names of the targets; `default` where none is configured.
    var targetNames: [String] { targets.isEmpty ? [TargetTable.defaultName] : targets.map(\.name) }

    /// The sections that differ from those the gateway was started with and that it reads only then.
    func partsForRestart(since started: GatewayConfiguration) -> [String] {
        let parts: [(String, Bool)] = [
            ("listen", listen == started.listen), ("admin", admin == started.admin),
            ("server", server == started.server), ("limiter", limiter == started.limiter),
            ("audit", audit == started.audit), ("aws", aws == started.aws),
            ("targets", targets == started.targets), ("log", logLevel == started.logLevel),
        ]
        return parts.filter { !$0.1 }.map(\.0)
    }

    /// Keeps cancels switched off for targets that the file no longer has and the gateway still serves.
    ///
    /// Targets are read at the start, so who takes a target out of the file has not yet taken it away: a switch that
    /// protects it ends with the restart that ends the target, or when the file has the target again and says so.
    mutating func keepReadOnly(targetsOf before: GatewayConfiguration, among served: [String]) {
        for (name, message) in before.readOnly.targetMessages
        where served.contains(name) && !targets.contains(where: { $0.name == name }) {
            readOnly.targetMessages[name] = message
        }
    }
}
