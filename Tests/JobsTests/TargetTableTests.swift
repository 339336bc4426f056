import GatewayCore
import Jobs
import Testing

@Suite("The choice of a target")
struct TargetTableTests {
    private static let here = "111122223333"
    private static let there = "444455556666"

    /// Two regions of one account, and one region of another.
    static let three = [
        Target(name: "prod-eu", region: "eu-central-1", account: here),
        Target(name: "prod-us", region: "us-east-1", account: here),
        Target(name: "test", region: "eu-central-1", account: there),
    ]

    @Test("the target that is named is the one", arguments: ["prod-eu", "prod-us", "test"])
    func named(name: String) throws {
        #expect(try choose(named: name) == name)
    }

    @Test(
        "a name that no target has is not found, whoever asks",
        arguments: ["other", "", "PROD-EU", "prod-eu ", "default", "prod"], [nil, ["prod-eu"]] as [Set<String>?])
    func unknownName(name: String, allowed: Set<String>?) throws {
        #expect(try failure(named: name, allowed: allowed).code == .jobNotFound)
    }

    @Test(
        "the hint for a name that no target has lists only what the caller may use",
        arguments: [
            (nil, ["prod-eu", "prod-us", "test"]), (["prod-eu", "test"], ["prod-eu", "test"]), (["test"], []),
        ] as [(Set<String>?, [String])])
    func hintOfAnUnknownName(allowed: Set<String>?, names: [String]) throws {
        let hint = try #require(try failure(named: "other", allowed: allowed).hint)
        expect(hint, namesOnly: names)
    }

    @Test("a target that is named but not allowed is refused by its name")
    func namedButNotAllowed() throws {
        let error = try failure(named: "prod-us", allowed: ["prod-eu", "test"])
        #expect(error.code == .resourceNotAllowed)
        #expect(error.detail.contains("`prod-us`"))
    }

    @Test(
        "a project's ARN chooses the target of its region and account",
        arguments: [("eu-central-1", here, "prod-eu"), ("us-east-1", here, "prod-us"), ("eu-central-1", there, "test")])
    func byARN(region: String, account: String, name: String) throws {
        #expect(try choose(Self.arn(region, account)) == name)
        #expect(try choose(Self.arn(region, account), named: name) == name)
    }

    @Test(
        "an ARN of no target's region and account is not found, also where only one target or a default could be meant",
        arguments: [("eu-west-1", here), ("us-east-1", there), ("us-east-1", "000000000000")])
    func foreignARN(region: String, account: String) throws {
        #expect(try failure(Self.arn(region, account)).code == .jobNotFound)
        let one = [Target(name: "default", region: "eu-central-1", account: Self.here)]
        #expect(try failure(Self.arn(region, account), among: one).code == .jobNotFound)
        #expect(try failure(Self.arn(region, account), named: "default", among: one).code == .jobNotFound)
    }

    @Test(
        "an ARN of another partition than its region's is not found, whatever else is right",
        arguments: ["aws-cn", "aws-us-gov", "awsx", "aws-"])
    func foreignPartition(partition: String) throws {
        let arn = Self.arn("us-east-1", Self.here).replacing("arn:aws:", with: "arn:\(partition):")
        #expect(try failure(arn).code == .jobNotFound)
        #expect(try failure(arn, named: "prod-us").code == .jobNotFound)
        let china = [Target(name: "china", region: "cn-north-1")]
        let right = Self.arn("cn-north-1", Self.here).replacing("arn:aws:", with: "arn:aws-cn:")
        #expect(try choose(right, among: china) == "china")
    }

    @Test("an ARN of another target than the named one is not found")
    func contradiction() throws {
        #expect(try failure(Self.arn("us-east-1", Self.here), named: "prod-eu").code == .jobNotFound)
        #expect(try failure(Self.arn("eu-central-1", Self.there), named: "prod-eu").code == .jobNotFound)
    }

    @Test("an ARN of a target that is not allowed is refused, not sent to one that is")
    func arnNotAllowed() throws {
        let error = try failure(Self.arn("us-east-1", Self.here), allowed: ["prod-eu"])
        #expect(error.code == .resourceNotAllowed)
        #expect(error.detail.contains("`prod-us`"))
    }

    @Test("a target of no known account takes every ARN of its region, and none of another region")
    func unknownAccount() throws {
        let targets = [Target(name: "a", region: "eu-central-1"), Target(name: "b", region: "us-east-1")]
        for account in [Self.here, Self.there] {
            #expect(try choose(Self.arn("us-east-1", account), among: targets) == "b")
        }
        #expect(try failure(Self.arn("eu-west-1", Self.here), among: targets).code == .jobNotFound)
    }

    @Test("a target that is known to be of the account goes before one of no known account")
    func knownAccountFirst() throws {
        let targets = [
            Target(name: "default", region: "us-east-1"),
            Target(name: "known", region: "us-east-1", account: Self.here),
        ]
        #expect(try choose(Self.arn("us-east-1", Self.here), among: targets) == "known")
        #expect(try choose(Self.arn("us-east-1", Self.there), among: targets) == "default")
        let error = try failure(Self.arn("us-east-1", Self.here), allowed: ["default"], among: targets)
        #expect(error.code == .resourceNotAllowed)
    }

    @Test("of two targets of one region and account the default one is meant, else one has to be named")
    func sameRegionAndAccount() throws {
        let names = ["reader", "writer", "default"]
        let targets = names.map { Target(name: $0, region: "us-east-1", account: Self.here) } + Self.three.prefix(1)
        let arn = Self.arn("us-east-1", Self.here)
        #expect(try choose(arn, among: targets) == "default")
        #expect(try choose(arn, named: "writer", among: targets) == "writer")
        #expect(try choose(arn, allowed: ["writer", "prod-eu"], among: targets) == "writer")
        let error = try failure(arn, allowed: ["reader", "writer", "prod-eu"], among: targets)
        #expect(error.code == .invalidRequest)
        expect(try #require(error.hint), namesOnly: ["reader", "writer"])
    }

    @Test("the only target needs no name", arguments: [orders, transferJob])
    func onlyOne(job: String) throws {
        #expect(try choose(job, among: Array(Self.three.prefix(1))) == "prod-eu")
    }

    @Test(
        "nor does the only one that the caller may use, though another is the default",
        arguments: [orders, transferJob])
    func onlyAllowed(job: String) throws {
        let targets = Self.three + [Target(name: "default", region: "eu-west-1")]
        #expect(try choose(job, allowed: ["prod-us"], among: targets) == "prod-us")
    }

    @Test("of several the one called default is meant, wherever it stands", arguments: [orders, transferJob])
    func standard(job: String) throws {
        let standard = Target(name: "default", region: "eu-west-1")
        #expect(try choose(job, among: Self.three + [standard]) == "default")
        #expect(try choose(job, among: [standard] + Self.three) == "default")
    }

    @Test("of several without a default one has to be named, and the hint lists those that the caller may use")
    func ambiguous() throws {
        for job in [Self.orders, Self.transferJob] {
            let error = try failure(job)
            #expect(error.code == .invalidRequest)
            expect(try #require(error.hint), namesOnly: ["prod-eu", "prod-us", "test"])
        }
    }

    @Test("a default that the caller may not use is not meant, and not listed")
    func defaultNotAllowed() throws {
        let targets = Self.three + [Target(name: "default", region: "eu-west-1")]
        let error = try failure(Self.orders, allowed: ["prod-eu", "test", "gone"], among: targets)
        #expect(error.code == .invalidRequest)
        expect(try #require(error.hint), namesOnly: ["prod-eu", "test"])
    }

    @Test("a caller that may use none of the targets is refused", arguments: [orders, transferJob])
    func noneAllowed(job: String) throws {
        #expect(try failure(job, allowed: ["gone"]).code == .resourceNotAllowed)
        #expect(try failure(job, allowed: ["gone"], among: Array(Self.three.prefix(1))).code == .resourceNotAllowed)
    }

    private static let orders = "orders"
    private static let transferJob = "/transfer-job"

    private static func arn(_ region: String, _ account: String) -> String {
        "arn:aws:dms:\(region):\(account):migration-project:ABCDEFGH"
    }

    /// The name of the target that is chosen for a conversion of a project, or for a transfer job.
    private func choose(
        _ job: String = orders, named name: String? = nil, allowed: Set<String>? = nil, among targets: [Target] = three
    ) throws -> String {
        let jobs = try ScriptedJobs()
        let table = TargetTable(
            targets.map { TargetJobs(target: $0, conversions: jobs.conversions, transferJobs: jobs.transferJobs) })
        let identifier = try job == Self.transferJob ? JobIdentifier.transferJob() : .conversion(of: job)
        let targets = AccessRule(allowed: allowed.map { $0.compactMap(Glob.init) })
        let caller = Caller(
            id: "caller-1", name: "one", proof: .apiKey(id: "caller-1"), scopes: [],
            allowList: AllowList(targets: targets))
        return try table.choose(for: identifier, named: name, caller: caller).target.name
    }

    private func failure(
        _ job: String = orders, named name: String? = nil, allowed: Set<String>? = nil, among targets: [Target] = three
    ) throws -> GatewayError {
        try #require(throws: GatewayError.self) {
            try choose(job, named: name, allowed: allowed, among: targets)
        }
    }

    /// That a hint has these names of targets in it, and no other's.
    private func expect(_ hint: String, namesOnly names: [String]) {
        let all = ["prod-eu", "prod-us", "test", "default", "reader", "writer", "gone"]
        #expect(all.filter { hint.contains($0) } == all.filter(names.contains), "\(hint)")
    }
}

@Suite("The path of a job")
struct TargetPathTests {
    @Test("names the target where there are several, and does not where there is one")
    func path() throws {
        let identifier = try JobIdentifier.transferJob()
        #expect(Target(name: "prod-eu", region: "eu-west-1").path(of: identifier) == "/transfer-jobs/ab-1")
        let target = Target(name: "prod-eu", region: "eu-west-1", isNamedInPaths: true)
        #expect(target.path(of: identifier) == "/transfer-jobs/ab-1?target=prod-eu")
    }
}
