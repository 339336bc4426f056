import ArgumentParser
import GatewayCore

/// What a new key may use: the options of `jobgate keys create` that make its allow-list.
struct AllowListOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            A target that it may use, or a pattern with `*` and `?`; may be repeated, as all of these. Without it, \
            every target.
            """,
            valueName: "pattern"))
    var target: [String] = []

    @Option(
        help: ArgumentHelp(
            "A migration project that it may use, as requests give it: by name or by ARN. Without it, every project.",
            valueName: "pattern"))
    var project: [String] = []

    @Option(help: ArgumentHelp("A transfer job that it may use. Without it, every job.", valueName: "pattern"))
    var transferJob: [String] = []

    @Option(help: ArgumentHelp("A target that it may not use, whatever it may use.", valueName: "pattern"))
    var denyTarget: [String] = []

    @Option(
        help: ArgumentHelp(
            "A project that it may not use: all of them by name, or all by ARN.", valueName: "pattern"))
    var denyProject: [String] = []

    @Option(help: ArgumentHelp("A transfer job that it may not use.", valueName: "pattern"))
    var denyTransferJob: [String] = []

    /// The allow-list that the options make.
    ///
    /// - Throws: `ValidationError`, which names the option.
    func allowList() throws -> AllowList {
        let allowList = AllowList(
            targets: AccessRule(
                allowed: try patterns(.targets, target, of: "--target"),
                denied: try patterns(.targets, denyTarget, of: "--deny-target") ?? []),
            projects: AccessRule(
                allowed: try patterns(.projects, project, of: "--project"),
                denied: try patterns(.projects, denyProject, of: "--deny-project") ?? []),
            transferJobs: AccessRule(
                allowed: try patterns(.transferJobs, transferJob, of: "--transfer-job"),
                denied: try patterns(.transferJobs, denyTransferJob, of: "--deny-transfer-job") ?? []))
        guard !allowList.deniesEveryProjectUnseen else {
            throw ValidationError("--deny-project: \(AllowList.deniesEveryProjectUnseenText)")
        }
        return allowList
    }

    private func patterns(_ resource: AllowList.Resource, _ values: [String], of option: String) throws -> [Glob]? {
        guard !values.isEmpty else { return nil }
        // An empty one is refused, not left out: `--target "$NOT_SET"` must not make a key for every target.
        return try values.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }.map { text in
            guard let pattern = resource.pattern(String(text)) else {
                throw ValidationError("\(option) is a pattern of \(resource.patternDescription), not `\(text)`")
            }
            return pattern
        }
    }
}

extension AllowList {
    /// One line for people: what is allowed of each resource, and what is denied where something is.
    var summary: [String] {
        Resource.allCases.flatMap { resource -> [String] in
            let rule = self[resource]
            let name = resource == .transferJobs ? "transfer-jobs" : resource.rawValue
            func list(_ globs: [Glob]) -> String { globs.map(\.pattern).joined(separator: ",") }
            var parts: [String] = []
            if let allowed = rule.allowed { parts.append("\(name) \(list(allowed))") }
            // Targets have always had a column.
            if rule.allowed == nil, resource == .targets { parts.append("targets all") }
            if !rule.denied.isEmpty { parts.append("not \(name) \(list(rule.denied))") }
            return parts
        }
    }
}
