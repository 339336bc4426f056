import GatewayCore
import Yams

extension APIKeyFile {
    /// The members that are lists of what the holder may use, and the one that has the lists of what it may not.
    static let allowListMembers = Set(AllowList.Resource.allCases.map(\.rawValue)).union(["deny"])

    /// Reads what the holder may use.
    func allowList(in mapping: Node.Mapping) throws(Problem) -> AllowList {
        let denials = try denials(in: mapping)
        var allowList = AllowList()
        for resource in AllowList.Resource.allCases {
            let name = resource.rawValue
            allowList[resource] = AccessRule(
                allowed: try patterns(resource, mapping[name], called: name),
                denied: try patterns(resource, denials[name], called: "deny.\(name)") ?? [])
        }
        guard !allowList.deniesEveryProjectUnseen else {
            throw problem("`deny.projects`: \(AllowList.deniesEveryProjectUnseenText)", at: denials["projects"]?.mark)
        }
        return allowList
    }

    private func denials(in mapping: Node.Mapping) throws(Problem) -> Node.Mapping {
        guard let value = mapping["deny"] else { return [:] }
        let known = AllowList.Resource.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        guard let denials = value.mapping, !denials.isEmpty else {
            throw problem("`deny` is a mapping with at least one of \(known)", at: value.mark)
        }
        for key in denials.keys where AllowList.Resource(rawValue: key.string ?? "") == nil {
            throw problem("unknown member `deny.\(key.string ?? "?")`; known are \(known)", at: key.mark)
        }
        return denials
    }

    /// Reads a list; one that is there but empty, or no list, would be everything to one reader and nothing to another,
    /// so it is an error.
    private func patterns(
        _ resource: AllowList.Resource, _ value: Node?, called name: String
    ) throws(Problem) -> [Glob]? {
        guard let value else { return nil }
        guard let list = value.sequence, !list.isEmpty else {
            throw problem("`\(name)` is a list of at least one pattern", at: value.mark)
        }
        var patterns: [Glob] = []
        for item in list {
            guard let pattern = item.scalar.flatMap({ resource.pattern($0.string) }) else {
                throw problem("a pattern in `\(name)` is \(resource.patternDescription)", at: item.mark)
            }
            patterns.append(pattern)
        }
        return patterns
    }

    /// The lines of a record that hold an allow-list; none for what is left open.
    static func lines(of allowList: AllowList) -> [String] {
        func list(_ globs: [Glob]) -> String { "[\(globs.map { quoted($0.pattern) }.joined(separator: ", "))]" }
        var lines: [String] = []
        var denials: [String] = []
        for resource in AllowList.Resource.allCases {
            let rule = allowList[resource]
            if let allowed = rule.allowed { lines.append("    \(resource.rawValue): \(list(allowed))") }
            if !rule.denied.isEmpty { denials.append("      \(resource.rawValue): \(list(rule.denied))") }
        }
        return denials.isEmpty ? lines : lines + ["    deny:"] + denials
    }
}
