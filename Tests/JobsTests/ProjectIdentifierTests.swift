import Jobs
import Testing

@Suite("Identifiers of migration projects")
struct ProjectIdentifierTests {
    @Test(
        "a name is taken as it is, and names no region",
        arguments: [
            "o", "orders", "orders-2026_v1.2", "my project", "Aufträge", "注文", "a:b", "name@x", "a%2Fb", "...", ".a",
            "ARN:aws:dms:eu-west-1:123456789012:migration-project:ABC", "arn", "arn-orders", "'; DROP TABLE", "🚀",
            String(repeating: "a", count: 255), String(repeating: "ü", count: 255),
        ])
    func names(text: String) throws {
        let project = try ProjectIdentifier(text)
        #expect(project.text == text)
        #expect(project.region == nil)
    }

    @Test(
        "the ARN of a migration project is taken in every partition, and names its region",
        arguments: [
            ("aws", "eu-west-1"), ("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1"),
            ("aws-iso", "us-iso-east-1"), ("aws-iso-b", "us-isob-east-1"), ("aws-iso-e", "eu-isoe-west-1"),
            ("aws-iso-f", "us-isof-south-1"), ("aws-eusc", "eusc-de-east-1"),
        ])
    func arns(partition: String, region: String) throws {
        let arn = "arn:\(partition):dms:\(region):123456789012:migration-project:ABCDEFGH"
        let project = try ProjectIdentifier(arn)
        #expect(project.text == arn)
        #expect(project.region == region)
    }

    @Test(
        "what begins as an ARN but is none of a migration project is refused",
        arguments: [
            "arn:", "arn:aws", "arn:aws:dms:eu-west-1:123456789012",
            "arn:aws:dms:eu-west-1:123456789012:migration-project",
            "arn:aws:dms:eu-west-1:123456789012:migration-project:", "arn:aws:dms::123456789012:migration-project:ABC",
            "arn:aws:dms:eu-west-1::migration-project:ABC", "arn:aws:dms:eu-west-1:12345678901:migration-project:ABC",
            "arn:aws:dms:eu-west-1:1234567890123:migration-project:ABC",
            "arn:aws:dms:eu-west-1:12345678901a:migration-project:ABC",
            "arn:aws:dms:eu-west-1:١٢٣٤٥٦:migration-project:ABC", "arn:aws:dms:eu-west-1:123456789012:rep:ABC",
            "arn:aws:dms:eu-west-1:123456789012:task:ABC", "arn:aws:rds:eu-west-1:123456789012:migration-project:ABC",
            "arn:aws:iottwinmaker:eu-west-1:123456789012:migration-project:ABC",
            "arn:azure:dms:eu-west-1:123456789012:migration-project:ABC",
            "arn::dms:eu-west-1:123456789012:migration-project:ABC",
            "arn:aws:DMS:eu-west-1:123456789012:migration-project:ABC",
            "arn:aws:dms:eu-west-1:123456789012:migration-project/ABC",
        ])
    func badARNs(text: String) {
        #expect(throws: IdentifierError.self) { try ProjectIdentifier(text) }
    }

    @Test(
        "an identifier is 1 to 255 characters long",
        arguments: [
            "", String(repeating: "a", count: 256), String(repeating: "ü", count: 256),
            "arn:aws:dms:eu-west-1:123456789012:migration-project:" + String(repeating: "A", count: 203),
            "a" + String(repeating: "\u{301}", count: 255),
        ])
    func lengths(text: String) {
        #expect(throws: IdentifierError.self) { try ProjectIdentifier(text) }
    }

    @Test("an ARN of 255 characters is taken")
    func longestARN() throws {
        let arn = "arn:aws:dms:eu-west-1:123456789012:migration-project:" + String(repeating: "A", count: 202)
        #expect(arn.count == 255)
        #expect(try ProjectIdentifier(arn).region == "eu-west-1")
    }

    @Test(
        "a slash, a dot segment and a character that is not to be seen are refused",
        arguments: [
            "/", "a/b", "../a", "..", ".", "\u{0}", "a\u{0}b", "a\nb", "a\r\nb", "a\tb", "\u{1B}[31m", "\u{7F}",
            "a\u{85}b", "a\u{200B}b", "a\u{200D}b", "a\u{200E}b", "a\u{202E}b", "a\u{2028}b", "a\u{2029}b",
            "a\u{2066}b", "\u{FEFF}a", "a\u{AD}b", "a\u{E000}b", "a\u{FFFF}b", "a\u{E0041}b",
            "arn:aws:dms:eu-west-1:123456789012:migration-project:A\u{0}",
            "arn:aws:dms:eu-west-1:123456789012:migration-project:A/B",
        ])
    func invisible(text: String) {
        #expect(throws: IdentifierError.self) { try ProjectIdentifier(text) }
    }

    @Test("the refusal is a sentence that does not repeat what was sent")
    func sentence() {
        let error = #expect(throws: IdentifierError.self) { try ProjectIdentifier("hunter2/\u{0}") }
        #expect(error?.detail.hasSuffix(".") == true)
        #expect(error?.detail.contains("hunter2") == false)
    }
}
