import GatewayAPITestSupport
import HTTPServer
import Jobs
import Testing

@Suite("whoami")
struct CallerTests {
    @Test("the caller's own document is exactly this")
    func document() async throws {
        let answer = await TestGateway().send("GET", "/whoami")
        #expect(answer.status == 200)
        #expect(answer.headers["Content-Type"] == ["application/json"])
        #expect(answer.headers["Cache-Control"] == ["no-store"])
        let expected = try JSON(
            text: """
                {"id": "full0001", "name": "key full0001",
                 "authentication": {"method": "api-key", "keyId": "full0001", "issuer": null},
                 "scopes": ["audit:read", "conversions:cancel", "conversions:read", "transfer-jobs:cancel",
                            "transfer-jobs:read"],
                 "targets": ["default"],
                 "allowList": {"targets": {"allow": null, "deny": []}, "projects": {"allow": null, "deny": []},
                               "transferJobs": {"allow": null, "deny": []}},
                 "readOnly": [],
                 "limit": {"name": "default", "quota": 60, "windowSeconds": 60, "burst": 60}}
                """)
        #expect(try answer.json == expected)
    }

    @Test(
        "the limit is the one that counts the caller", arguments: [(TestKey.tight, "tight"), (.mislimited, "default")])
    func limit(key: TestKey, name: String) async throws {
        let answer = await TestGateway().send("GET", "/whoami", key: key)
        #expect(try answer.json["limit"]?["name"]?.string == name)
    }

    @Test(
        "the targets are those configured ones that the caller may use, sorted",
        arguments: [
            (TestKey.full, ["prod-eu", "prod-us", "test"]), (.confined, ["prod-eu"]),
            (.paired, ["prod-eu", "prod-us"]), (.european, ["prod-eu"]),
        ])
    func targets(key: TestKey, names: [String]) async throws {
        let targets = ["test", "prod-us", "prod-eu"].map { Target(name: $0, region: "eu-west-1") }
        let answer = await TestGateway(targets: targets).send("GET", "/whoami", key: key)
        #expect(try answer.json["targets"] == .array(names.map { .string($0) }))
    }

    @Test("the allow-list is told pattern by pattern, sorted")
    func allowList() async throws {
        let document = try await TestGateway().send("GET", "/whoami", key: .seller).json
        let expected = try JSON(
            text: """
                {"targets": {"allow": null, "deny": []},
                 "projects": {"allow": ["sales-*"], "deny": ["sales-secret"]},
                 "transferJobs": {"allow": ["factory-*"], "deny": ["factory-secret"]}}
                """)
        #expect(document["allowList"] == expected)
        let paired = try await TestGateway().send("GET", "/whoami", key: .paired).json["allowList"]?["targets"]
        #expect(paired?["allow"] == .array(["gone", "prod-eu", "prod-us"]))
    }

    @Test("a caller that may use none of the targets is told so by an empty list")
    func noTargets() async throws {
        #expect(try await TestGateway().send("GET", "/whoami", key: .confined).json["targets"] == .array([]))
    }
}
