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
}
