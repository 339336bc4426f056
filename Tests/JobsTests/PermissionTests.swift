import GatewayCore
import Jobs
import Testing

@Suite("What a caller may use")
struct PermissionTests {
    private static let arn = "arn:aws:dms:eu-west-1:123456789012:migration-project:ABCDEFGH"

    @Test("a project that the caller's list has is its subject", arguments: ["sales-eu", "sales-"])
    func allowed(project: String) throws {
        let subject = try subject(.conversion(of: project), Self.seller)
        #expect(try subject.job == .conversion(of: project))
    }

    @Test(
        "a project that the list leaves out is refused and named", arguments: ["crm", "sales-secret", "Sales-eu", arn])
    func leftOut(project: String) throws {
        let error = try failure(.conversion(of: project), Self.seller)
        #expect(error.code == .resourceNotAllowed)
        #expect(error.detail == "The caller may not use the project `\(project)`.")
        #expect(error.hint?.contains("/whoami") == true)
    }

    @Test("a transfer job that the list leaves out is refused and named, one that it has is not")
    func transferJobs() throws {
        let list = AllowList(transferJobs: rule(["ab-*", "cd"], ["*-2"]))
        #expect(throws: Never.self) { try subject(.transferJob(), list) }
        let other = JobIdentifier.transferJob(try TransferJobIdentifier("ab-2"))
        let error = try failure(other, list)
        #expect(error.code == .resourceNotAllowed)
        #expect(error.detail == "The caller may not use the transfer job `ab-2`.")
    }

    @Test("rules of projects do not bind transfer jobs, nor the other way round")
    func apart() throws {
        #expect(throws: Never.self) { try subject(.transferJob(), AllowList(projects: rule([], []))) }
        #expect(throws: Never.self) { try subject(.conversion(of: "crm"), AllowList(transferJobs: rule([], []))) }
    }

    @Test(
        "where a project's other form would have to be known, the hint says which one to give",
        arguments: [
            (["crm"], arn, "by its name"), (["arn:*:OTHER"], "orders", "by its ARN"),
            (["crm", "arn:*:OTHER"], "orders", "operator"),
        ])
    func otherForm(denied: [String], project: String, words: String) throws {
        let error = try failure(.conversion(of: project), AllowList(projects: rule(nil, denied)))
        #expect(error.code == .resourceNotAllowed)
        #expect(error.detail.contains("`\(project)`"))
        #expect(error.hint?.contains(words) == true)
    }

    @Test("the target is told before the project: who may not use it learns nothing of what it has")
    func targetFirst() throws {
        let error = try failure(.conversion(of: "crm"), AllowList(targets: rule(["gone"], []), projects: rule([], [])))
        #expect(error.detail.contains("`default`"))
    }

    @Test("a dry run while cancels are switched off says so, whatever the job's state", arguments: JobKind.both)
    func preview(kind: JobKind) async throws {
        for state in [Job.State.running, .cancelled, .succeeded] {
            let jobs = try ScriptedJobs(kind.read(kind.word(state)))
            let subject = try jobs.service.subject(kind.identifier(), target: nil, caller: ScriptedJobs.caller)
            let (preview, job) = try await jobs.service.preview(subject, isReadOnly: true)
            #expect(preview == .readOnly)
            #expect(job.state == state)
            #expect(jobs.operations == [kind.readOperation])
        }
    }

    private static let seller = AllowList(projects: rule(["sales-*"], ["sales-secret"]))

    private func subject(_ job: JobIdentifier, _ allowList: AllowList) throws -> JobSubject {
        let caller = Caller(
            id: "caller-1", name: "one", proof: .apiKey(id: "caller-1"), scopes: [], allowList: allowList)
        return try ScriptedJobs().service.subject(job, target: nil, caller: caller)
    }

    private func failure(_ job: JobIdentifier, _ allowList: AllowList) throws -> GatewayError {
        try #require(throws: GatewayError.self) { _ = try subject(job, allowList) }
    }
}

private func rule(_ allowed: [String]?, _ denied: [String]) -> AccessRule {
    AccessRule(allowed: allowed.map { $0.compactMap(Glob.init) }, denied: denied.compactMap(Glob.init))
}
