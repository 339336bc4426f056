import AWSRuntime
import Authentication
import GatewayCore
import RateLimiting

extension GatewayConfiguration {
    /// Reads the section `issuers`; what it refers to, limits and targets, is read already.
    mutating func readIssuers(_ reader: inout ConfigurationReader) async {
        let names = await reader.memberNames(of: "issuers", called: "issuer")
        for name in names {
            guard let issuer = await TokenIssuer(name: name, &reader) else { continue }
            check(issuer, &reader)
            issuers.append(issuer)
        }
        // As for targets: what the file says of issuers that are not chosen is checked, and not used.
        for name in reader.memberNamesInFile(of: "issuers") where !names.contains(name) {
            _ = await TokenIssuer(name: name, &reader)
        }
    }

    /// Adds what is wrong with an issuer beside the others and the rest of the configuration.
    private func check(_ issuer: TokenIssuer, _ reader: inout ConfigurationReader) {
        let key = "issuers.\(issuer.name)"
        if let other = issuers.first(where: { $0.issuer == issuer.issuer }) {
            reader.add(
                problem: "`\(key).issuer` is that of `issuers.\(other.name)`, too; a token could be of either",
                of: "\(key).issuer")
        }
        if let name = issuer.limitName, !limits.contains(where: { $0.name == name }) {
            reader.add(problem: "`\(key).limit` names a limit `\(name)` that is not configured", of: "\(key).limit")
        }
        for pattern in issuer.allowList.targets.patterns(fittingNoneOf: targetNames) {
            let isDenied = issuer.allowList.targets.denied.contains { $0.pattern == pattern }
            let place = "\(key).\(isDenied ? "denyTargets" : "targets")"
            reader.add(problem: "`\(place)` holds `\(pattern)`, which fits no configured target", of: place)
        }
        if issuer.allowList.deniesEveryProjectUnseen {
            reader.add(
                problem: "`\(key).denyProjects`: \(AllowList.deniesEveryProjectUnseenText)", of: "\(key).denyProjects")
        }
    }
}

extension TokenIssuer {
    /// Reads one issuer; `nil` when it lacks what makes it one.
    ///
    /// Whatever is wrong is noted in the reader.
    fileprivate init?(name: String, _ reader: inout ConfigurationReader) async {
        let key = "issuers.\(name)"
        let issuer = await reader.value("\(key).issuer", "the `iss` of its tokens: 1 to 1024 visible characters") {
            (1...1_024).contains($0.utf8.count) && $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? $0 : nil
        }
        let audiences = await reader.list("\(key).audience", "audiences: texts of 1 to 1024 bytes") {
            (1...1_024).contains($0.utf8.count) ? $0 : nil
        }
        let source = await reader.keySetSource(key, issuer: issuer)
        let refresh = await reader.duration("\(key).refresh", from: .seconds(1), "1s")
        let trustRootsPath = await reader.value("\(key).caBundle", "the path of a PEM file of certificates") {
            AsyncHTTPClientTransport.canTrust(rootsAt: $0) ? $0 : nil
        }
        let expected = "algorithms: \(SigningAlgorithm.allCases.map(\.rawValue).joined(separator: ", "))"
        let algorithms = await reader.list("\(key).algorithms", expected, parse: SigningAlgorithm.init(rawValue:))
        let leeway = await reader.value("\(key).leeway", "a duration from 0s to 10m") { text in
            DurationText.parse(text).flatMap { $0 <= .seconds(600) ? $0 : nil }
        }
        let maxLifetime = await reader.duration("\(key).maxLifetime", from: .seconds(1), "1s")
        let mappings = await reader.list(
            "\(key).scopes", "scopes such as `admin=conversions:read+conversions:cancel` (EXTERNAL=SCOPE+SCOPE)",
            parse: ScopeMapping.init(text:))
        let limitName = await reader.value("\(key).limit", "a limit's name") { $0.isEmpty ? nil : $0 }
        let allowList = await reader.allowList(key)
        for (member, isMissing) in [("issuer", issuer == nil), ("audience", audiences == nil)] where isMissing {
            reader.addUnlessNamed(problem: "`\(key).\(member)` is missing", of: "\(key).\(member)", section: key)
        }
        for (member, isEmpty) in [("audience", audiences?.isEmpty), ("algorithms", algorithms?.isEmpty)]
        where isEmpty == true {
            reader.addUnlessNamed(
                problem: "`\(key).\(member)` is empty, so no token could be good", of: "\(key).\(member)", section: key)
        }
        guard let issuer, let audiences, let source else { return nil }
        self.init(name: name, issuer: issuer, audiences: audiences, keySet: KeySetSettings(source))
        keySet.refresh = refresh ?? keySet.refresh
        keySet.trustRootsPath = trustRootsPath
        self.algorithms = algorithms.map { Set($0) } ?? self.algorithms
        self.leeway = leeway ?? self.leeway
        self.maxLifetime = maxLifetime
        scopes = mappings ?? []
        self.limitName = limitName
        self.allowList = allowList
    }
}

extension TokenIssuer.ScopeMapping {
    /// Reads a mapping as the configuration writes it: `EXTERNAL=SCOPE` or `EXTERNAL=SCOPE+SCOPE`.
    fileprivate init?(text: String) {
        // The issuer's names may hold any sign; ours have no `=`.
        guard let separator = text.lastIndex(of: "=") else { return nil }
        let external = String(text[..<separator])
        let names = text[text.index(after: separator)...].split(separator: "+", omittingEmptySubsequences: false)
        let scopes = names.compactMap { Scope(rawValue: String($0)) }
        guard !external.isEmpty, !external.contains(" "), scopes.count == names.count else { return nil }
        self.init(external, to: Set(scopes))
    }
}

extension ConfigurationReader {
    /// Reads where an issuer's keys are found: a file, a URL, or else the issuer itself says.
    fileprivate mutating func keySetSource(_ key: String, issuer: String?) async -> KeySetSource? {
        let file = await value("\(key).keySetFile", "the path of a key set") { $0.isEmpty ? nil : $0 }
        let url = await value(
            "\(key).keySetUrl", "an HTTPS URL, or one of HTTP to this machine", isQuotable: false
        ) { KeySetURL.isTrustworthy($0) ? $0 : nil }
        if file != nil, url != nil {
            add(problem: "`\(key).keySetFile` and `\(key).keySetUrl` exclude each other", of: "\(key).keySetUrl")
        }
        if let file {
            await checkKeySet(file, "\(key).keySetFile")
            return .file(path: file)
        }
        if let url { return .url(url) }
        guard let issuer, !hasProblem(with: "\(key).keySet") else { return nil }
        guard KeySetURL.isTrustworthy(issuer), !issuer.contains("?") else {
            add(
                problem: "`\(key).issuer` is no HTTPS URL, so it cannot say where its keys are: set "
                    + "`\(key).keySetUrl` or `\(key).keySetFile`", of: "\(key).issuer")
            return nil
        }
        return .discovery(issuer: issuer)
    }

    private mutating func checkKeySet(_ path: String, _ key: String) async {
        do {
            _ = try await KeySet(try KeySetLoader.contents(of: path))
        } catch {
            add(problem: "`\(key)`: \(error.description)", of: key)
        }
    }

    /// Reads the patterns of an allow-list.
    fileprivate mutating func allowList(_ key: String) async -> AllowList {
        var allowList = AllowList()
        for resource in AllowList.Resource.allCases {
            let name = resource.rawValue
            let expected = "patterns: \(resource.patternDescription)"
            let allowed = await list("\(key).\(name)", expected, parse: resource.pattern)
            let denied = await list("\(key).deny\(name.prefix(1).uppercased())\(name.dropFirst())", expected) {
                resource.pattern($0)
            }
            allowList[resource] = AccessRule(allowed: allowed, denied: denied ?? [])
        }
        return allowList
    }

    /// Reads a duration of at most a day.
    fileprivate mutating func duration(_ key: String, from least: Duration, _ leastText: String) async -> Duration? {
        await value(key, "a duration from \(leastText) to 1d, such as 10m") { text in
            DurationText.parse(text).flatMap { $0 >= least && $0 <= .seconds(86_400) ? $0 : nil }
        }
    }

    /// Adds a sentence about a setting of which nothing is said yet; where it is not given, the section's place is
    /// named.
    fileprivate mutating func addUnlessNamed(problem: String, of key: String, section: String) {
        guard !hasProblem(with: key) else { return }
        add(problem: problem, of: file?.has(key) == true ? key : section)
    }

    private func hasProblem(with key: String) -> Bool { problems.contains { $0.contains("`\(key)") } }
}
