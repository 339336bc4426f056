import AWSRuntime
import Testing

/// What botocore's `configloader` makes of the same text, unless the test says otherwise.
@Suite("AWS profile files")
struct AWSProfileFilesTests {
    /// A file's text and the sections that it holds.
    struct Row: Sendable, CustomTestStringConvertible {
        let text: String
        let sections: [String: [String: String]]
        var testDescription: String { String(reflecting: text) }

        init(_ text: String, _ sections: [String: [String: String]]) {
            self.text = text
            self.sections = sections
        }
    }

    @Test(
        "a file is read as botocore reads it",
        arguments: [
            Row("", [:]), Row("\n\n", [:]), Row("[a]", ["a": [:]]),
            Row("[a]\nregion = eu-west-1\n", ["a": ["region": "eu-west-1"]]),
            Row("[a]\nregion=eu-west-1", ["a": ["region": "eu-west-1"]]),
            Row("[a]\r\nregion = eu-west-1\r\noutput = json\r\n", ["a": ["region": "eu-west-1", "output": "json"]]),
            Row("[a]\nregion : eu-west-1", ["a": ["region": "eu-west-1"]]),
            Row("[a]\nREGION = x", ["a": ["region": "x"]]),
            Row("[ a ]\nk = v", ["a": ["k": "v"]]),
            Row("# one\n; two\n[a]\n# three\nk = v\n; four", ["a": ["k": "v"]]),
            Row("[a]\nk = v # not a comment", ["a": ["k": "v # not a comment"]]),
            Row("[a]\nk = x=y", ["a": ["k": "x=y"]]),
            Row("[a]\nk = x:y", ["a": ["k": "x:y"]]),
            Row("[a]\nk =", ["a": ["k": ""]]),
            Row("[a]\nk = 1\nk2 = 2\n[b]\nk = 3", ["a": ["k": "1", "k2": "2"], "b": ["k": "3"]]),
            Row("[a]\n  k = v", ["a": ["k": "v"]]),
            Row("[a] # behind\nk = v", ["a": ["k": "v"]]),
            Row("[a]\ns3 =\n  endpoint_url = http://s3\n", ["a": ["s3": "", "s3.endpoint_url": "http://s3"]]),
            Row(
                "[a]\nx =\n  u = 1\n  w = 2\ny =\n  u = 3\nz = 4",
                ["a": ["x": "", "x.u": "1", "x.w": "2", "y": "", "y.u": "3", "z": "4"]]),
            Row("[a]\nx =\n[b]\n  u = 1", ["a": ["x": ""], "b": ["u": "1"]]),
        ])
    func parse(row: Row) throws {
        #expect(try AWSProfileFiles.parse(row.text, path: "/f") == row.sections)
    }

    @Test(
        "a broken file is told by path and line, and the line's text, which may be a key, is never quoted",
        arguments: [
            ("[default\naws_secret_access_key = hunter2", "/f:1: "), ("[default]\nhunter2", "/f:2: "),
            ("hunter2 = x", "/f:1: "), ("\n# c\n[a]\nk = v\n[hunter2", "/f:5: "),
            ("aws_secret_access_key hunter2", "/f:1: "),
        ])
    func problems(text: String, place: String) {
        let problem = #expect(throws: AWSProfileFiles.Problem.self) { try AWSProfileFiles.parse(text, path: "/f") }
        #expect(problem?.description.hasPrefix(place) == true)
        #expect(problem?.description.contains("hunter2") == false)
        #expect(problem?.description.contains("default") == false)
    }

    @Test("profiles of the config file carry the word profile, the default one need not, those of credentials do not")
    func profiles() throws {
        let directory = try TemporaryDirectory()
        let files = try AWSProfileFiles.read(environment: [
            "AWS_CONFIG_FILE": directory.write(
                "[default]\na = 1\n[profile p]\na = 2\n[q]\na = 3\n[services s]\ndms =\n x = 4\n[sso-session t]\na = 5",
                to: "config"),
            "AWS_SHARED_CREDENTIALS_FILE": directory.write("[default]\nb = 1\n[p]\nb = 2", to: "credentials"),
        ])
        #expect(files.config == ["default": ["a": "1"], "p": ["a": "2"]])
        #expect(files.credentials == ["default": ["b": "1"], "p": ["b": "2"]])
        #expect(files.services == ["s": ["dms": "", "dms.x": "4"]])
    }

    @Test("a profile's name may stand in quotes, with spaces in it", arguments: ["\"two words\"", "'two words'"])
    func quotedNames(name: String) throws {
        let directory = try TemporaryDirectory()
        let files = try AWSProfileFiles.read(environment: [
            "AWS_CONFIG_FILE": directory.write("[profile \(name)]\na = 1\n[profile \"q\"]\na = 2", to: "config")
        ])
        #expect(files.config == ["two words": ["a": "1"], "q": ["a": "2"]])
    }

    @Test("[profile default] comes before [default], wherever it stands")
    func profileDefault() throws {
        let directory = try TemporaryDirectory()
        for text in ["[default]\na = 1\n[profile default]\na = 2", "[profile default]\na = 2\n[default]\na = 1"] {
            let files = try AWSProfileFiles.read(environment: [
                "AWS_CONFIG_FILE": directory.write(text, to: "config")
            ])
            #expect(files.config == ["default": ["a": "2"]])
        }
    }

    @Test("the files are ~/.aws/config and ~/.aws/credentials unless the environment names others")
    func homeDirectory() throws {
        let directory = try TemporaryDirectory()
        _ = try directory.write("[default]\na = 1", to: ".aws/config")
        _ = try directory.write("[default]\nb = 1", to: ".aws/credentials")
        _ = try directory.write("[default]\na = 2", to: "other")
        let home = ["HOME": directory.path]
        #expect(try AWSProfileFiles.read(environment: home).config == ["default": ["a": "1"]])
        #expect(try AWSProfileFiles.read(environment: home).credentials == ["default": ["b": "1"]])
        let other = home.merging(["AWS_CONFIG_FILE": "~/other"]) { $1 }
        #expect(try AWSProfileFiles.read(environment: other).config == ["default": ["a": "2"]])
    }

    @Test("a file that is not there is empty, one that cannot be read is an error")
    func missing() throws {
        #expect(try AWSProfileFiles.read(environment: [:]) == AWSProfileFiles.read(environment: ["HOME": "/none"]))
        let directory = try TemporaryDirectory()
        #expect(throws: AWSProfileFiles.Problem.self) {
            try AWSProfileFiles.read(environment: ["AWS_CONFIG_FILE": directory.path])
        }
    }
}
