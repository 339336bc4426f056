/// Which resources a caller may use: a rule each for targets, projects and transfer jobs.
package struct AllowList: Sendable, Hashable {
    /// Which targets, by their configured names.
    package var targets: AccessRule
    /// Which migration projects, by the name or the ARN that the request gives.
    package var projects: AccessRule
    /// Which transfer jobs, by their identifiers.
    package var transferJobs: AccessRule

    /// Creates an allow-list; without arguments, the one that leaves nothing out.
    package init(
        targets: AccessRule = .everything, projects: AccessRule = .everything, transferJobs: AccessRule = .everything
    ) {
        self.targets = targets
        self.projects = projects
        self.transferJobs = transferJobs
    }

    /// The rule for one kind of resource.
    package subscript(resource: Resource) -> AccessRule {
        get {
            switch resource {
            case .targets: targets
            case .projects: projects
            case .transferJobs: transferJobs
            }
        }
        set {
            switch resource {
            case .targets: targets = newValue
            case .projects: projects = newValue
            case .transferJobs: transferJobs = newValue
            }
        }
    }
}

/// What is allowed and what is denied; denial wins.
package struct AccessRule: Sendable, Hashable {
    /// What is allowed; `nil` for everything.
    package let allowed: [Glob]?
    /// What is denied, whatever is allowed.
    package let denied: [Glob]

    /// The rule that leaves nothing out.
    package static let everything = AccessRule()

    /// Creates a rule; the patterns are kept sorted, each once.
    package init(allowed: [Glob]? = nil, denied: [Glob] = []) {
        self.allowed = allowed.map(Self.sorted)
        self.denied = Self.sorted(denied)
    }

    /// Whether the rule lets `text` pass.
    ///
    /// A denial holds in whatever case the text is written, since AWS may not tell the cases apart; leave does not.
    package func allows(_ text: String) -> Bool {
        if denied.contains(where: { $0.matches(text, ignoringCase: true) }) { return false }
        return allowed.map { $0.contains { $0.matches(text) } } ?? true
    }

    /// The patterns that fit none of `names`, be they of what is allowed or of what is denied.
    ///
    /// - Parameter names: All names that there are.
    /// - Returns: The patterns, sorted.
    package func patterns(fittingNoneOf names: some Collection<String>) -> [String] {
        let idle =
            (allowed ?? []).filter { pattern in !names.contains { pattern.matches($0) } }
            + denied.filter { pattern in !names.contains { pattern.matches($0, ignoringCase: true) } }
        return Self.sorted(idle).map(\.pattern)
    }

    private static func sorted(_ globs: [Glob]) -> [Glob] {
        Set(globs).sorted { $0.pattern < $1.pattern }
    }
}
