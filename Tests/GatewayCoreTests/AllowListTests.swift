import GatewayCore
import Testing

@Suite("Access rules")
struct AccessRuleTests {
    @Test("without a word everything is allowed")
    func everything() {
        #expect(AccessRule.everything.allows("crm") && AccessRule().allows(""))
        #expect(AccessRule(allowed: nil, denied: []) == .everything)
    }

    @Test("an empty list of what is allowed allows nothing")
    func nothing() {
        #expect(!AccessRule(allowed: []).allows("crm"))
    }

    @Test(
        "what one pattern allows passes unless a denial fits it",
        arguments: [
            (["crm"], [], "crm", true), (["crm"], [], "erp", false), (["crm", "erp"], [], "erp", true),
            (["*"], ["crm"], "crm", false), (["*"], ["crm"], "erp", true), (["crm"], ["crm"], "crm", false),
            (["sales-*"], ["*-secret"], "sales-eu", true), (["sales-*"], ["*-secret"], "sales-secret", false),
            (["sales-*"], ["*"], "sales-eu", false), (nil, ["crm*"], "crm-2", false), (nil, ["crm*"], "erp", true),
        ] as [([String]?, [String], String, Bool)])
    func table(allowed: [String]?, denied: [String], text: String, isAllowed: Bool) {
        #expect(rule(allowed, denied).allows(text) == isAllowed)
    }

    @Test("leave minds the case, a denial does not", arguments: ["CRM", "Crm", "crM"])
    func cases(text: String) {
        #expect(!rule(["crm"], []).allows(text))
        #expect(!rule(nil, ["crm"]).allows(text))
        #expect(!rule([text], ["crm"]).allows(text))
    }

    @Test("patterns are kept sorted and once, so that two rules of the same patterns are one")
    func sorted() {
        #expect(rule(["b", "a", "b"], ["d", "c"]) == rule(["a", "b"], ["c", "d", "d"]))
        #expect(rule(["b", "a", "b"], []).allowed?.map(\.pattern) == ["a", "b"])
    }

    @Test("the patterns that fit no name are found, of what is allowed and of what is denied")
    func idlePatterns() {
        let rule = rule(["prod-*", "gone", "test", "PROD-*"], ["PROD-us", "away-?", "test*"])
        #expect(rule.patterns(fittingNoneOf: ["prod-us", "test"]) == ["PROD-*", "away-?", "gone"])
        #expect(rule.patterns(fittingNoneOf: []).count == 7)
        #expect(AccessRule.everything.patterns(fittingNoneOf: []).isEmpty)
    }
}

@Suite("Allow-lists")
struct AllowListTests {
    private static let arn = "arn:aws:dms:eu-west-1:123456789012:migration-project:CRMID"

    @Test(
        "a project is compared as the request gives it",
        arguments: [
            (nil, "crm", true), (nil, arn, true), (["crm"], "crm", true), (["crm"], "erp", false),
            (["crm"], arn, false), ([arn], arn, true), ([arn], "crm", false),
            (["arn:*:migration-project:*"], arn, true),
            (["crm", "arn:*:CRMID"], "crm", true), (["crm", "arn:*:CRMID"], arn, true), (["*"], arn, true),
        ] as [([String]?, String, Bool)])
    func allowedProjects(allowed: [String]?, text: String, isAllowed: Bool) {
        let list = AllowList(projects: rule(allowed, []))
        #expect(list.obstacle(toProject: text) == (isAllowed ? nil : .leftOut))
    }

    @Test(
        "a project that could be a denied one is refused: an ARN where names are denied, a name where ARNs are",
        arguments: [
            (["crm"], "crm", .leftOut), (["crm"], "CRM", .leftOut), (["crm"], "erp", nil),
            (["crm"], arn, .unclearWithoutName), (["*-secret"], "sales", nil), (["*-secret"], arn, .unclearWithoutName),
            (["*crm*"], arn, .leftOut), (["arn:*:CRMID"], arn, .leftOut), (["arn:*:crmid"], arn, .leftOut),
            (["arn:*:OTHER"], arn, nil), (["arn:*:OTHER"], "crm", .unclearWithoutARN),
            (["*:OTHER"], "crm", .unclearWithoutARN), (["*:OTHER"], arn, nil), (["*"], "crm", .leftOut),
            (["*"], arn, .leftOut), (["a", "arn:*:OTHER"], "crm", .alwaysUnclear),
            (["a", "arn:*:OTHER"], arn, .alwaysUnclear), (["a", "arn:*:OTHER"], "a", .leftOut),
        ] as [([String], String, AllowList.ProjectObstacle?)])
    func deniedProjects(denied: [String], text: String, obstacle: AllowList.ProjectObstacle?) {
        #expect(AllowList(projects: rule(nil, denied)).obstacle(toProject: text) == obstacle)
        #expect(AllowList(projects: rule(["*"], denied)).obstacle(toProject: text) == obstacle)
    }

    @Test(
        "what is neither a plain name nor an ARN is not cleared by a denial of either",
        arguments: [
            " crm", "crm ", "crm\u{A0}", "a:b", " \(arn)", "\(arn) ", "ARN:aws:dms:x:1:migration-project:A ",
            "\(arn):", "\(arn):1", "\(arn)*", "\(arn) x", "\(arn)\u{301}", "\(arn)\u{212A}", "arn:aws:dms:x:1:A",
        ])
    func neither(text: String) {
        #expect(AllowList().obstacle(toProject: text) == nil)
        #expect(AllowList(projects: rule(nil, ["other"])).obstacle(toProject: text) == .unclearWithoutName)
        #expect(AllowList(projects: rule(nil, ["arn:*:OTHER"])).obstacle(toProject: text) == .unclearWithoutARN)
    }

    @Test("an ARN in capitals is no ARN to this gateway, and no name either", arguments: ["erp", "arn:*:OTHER"])
    func capitals(denied: String) {
        let list = AllowList(projects: rule(nil, [denied]))
        #expect(list.obstacle(toProject: Self.arn.uppercased()) != nil)
    }

    @Test(
        "denials of names and of ARNs together leave no project, and are known for it",
        arguments: [
            ([], false), (["crm"], false), (["arn:*:A"], false), (["crm", "erp"], false), (["arn:*:A", "*:B"], false),
            (["crm", "arn:*:A"], true), (["*", "*:A"], true),
        ] as [([String], Bool)])
    func mixture(denied: [String], leavesNone: Bool) {
        #expect(AllowList(projects: rule(nil, denied)).deniesEveryProjectUnseen == leavesNone)
    }

    @Test("a rule is found by its resource, and set by it", arguments: AllowList.Resource.allCases)
    func resources(resource: AllowList.Resource) {
        var list = AllowList()
        list[resource] = rule(["a"], ["b"])
        #expect(list[resource] == rule(["a"], ["b"]))
        #expect(AllowList.Resource.allCases.filter { list[$0] != .everything } == [resource])
        let same =
            switch resource {
            case .targets: list.targets
            case .projects: list.projects
            case .transferJobs: list.transferJobs
            }
        #expect(same == rule(["a"], ["b"]))
    }

    @Test(
        "a pattern for targets or transfer jobs is made of what their names are made of",
        arguments: [
            ("prod-*", true), ("*", true), ("a_B-9?", true), ("a.b", false), ("a b", false), ("a,b", false),
            ("a:b", false), ("é", false), ("", false), ("../a", false),
        ])
    func plainPatterns(text: String, isPattern: Bool) {
        #expect((AllowList.Resource.targets.pattern(text) != nil) == isPattern)
        #expect((AllowList.Resource.transferJobs.pattern(text) != nil) == isPattern)
    }

    @Test(
        "a pattern is as long as the longest name",
        arguments: [
            (AllowList.Resource.targets, 64), (.transferJobs, 128), (.projects, 255),
        ])
    func lengths(resource: AllowList.Resource, longest: Int) {
        #expect(resource.pattern(String(repeating: "a", count: longest))?.pattern.count == longest)
        #expect(resource.pattern(String(repeating: "a", count: longest + 1)) == nil)
    }

    @Test(
        "a pattern for projects may have what their names and ARNs have", arguments: ["a b", "é", "arn:aws:*", "a.b"])
    func projectPatterns(text: String) {
        #expect(AllowList.Resource.projects.pattern(text)?.pattern == text)
    }
}

private func rule(_ allowed: [String]?, _ denied: [String]) -> AccessRule {
    AccessRule(allowed: allowed.map { $0.compactMap(Glob.init) }, denied: denied.compactMap(Glob.init))
}
