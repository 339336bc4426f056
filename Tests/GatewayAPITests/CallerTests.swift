import GatewayAPITestSupport
import HTTPServer
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
                 "scopes": ["conversions:cancel", "conversions:read", "transfer-jobs:cancel", "transfer-jobs:read"],
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
}
