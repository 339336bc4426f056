import AWSRuntime
import Foundation
import GatewayTestSupport
import Resilience
import SigV4
import Testing

@Suite("Process credentials")
struct ProcessCredentialsProviderTests {
    private static let keys =
        #""AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "hunter2-secret", "SessionToken": "hunter2-token""#
    private static let answer = #"{"Version": 1, \#(keys), "Expiration": "2026-11-21T15:00:00Z"}"#

    private func provider(
        _ command: String, environment: [String: String] = ["ANSWER": answer]
    ) throws -> (ProcessCredentialsProvider, MetadataScene) {
        let scene = try MetadataScene(environment)
        return (ProcessCredentialsProvider(command: command, profile: "p", context: scene.context), scene)
    }

    @Test("the program's output is read, and its source names the profile")
    func good() async throws {
        let (provider, scene) = try provider(#"/bin/sh -c 'printf %s "$ANSWER"'"#)
        let resolved = try await scene.resolve(provider)
        #expect(resolved.credentials.accessKeyID == "AKIDEXAMPLE")
        #expect(resolved.credentials.secretAccessKey == "hunter2-secret")
        #expect(resolved.credentials.sessionToken == "hunter2-token")
        #expect(resolved.credentials.expiration == Date(timeIntervalSince1970: 1_795_273_200))
        #expect(resolved.source.contains("credential_process") && resolved.source.contains("`p`"))
        #expect(!resolved.outlivesExpiration && resolved.rereadAfter == nil)
    }

    @Test("credentials that tell no end are asked for again all the same")
    func noExpiration() async throws {
        let (provider, scene) = try provider(
            #"/bin/sh -c 'printf %s "$ANSWER"'"#, environment: ["ANSWER": #"{"Version": 1, \#(Self.keys)}"#])
        let resolved = try await scene.resolve(provider)
        #expect(resolved.credentials.expiration == nil && resolved.rereadAfter == .seconds(900))
    }

    @Test("arguments arrive as they are quoted, and no shell looks at them")
    func arguments() async throws {
        let script = #"[ $# = 4 ] && [ "$1" = "a b" ] && [ "$2" = '$ANSWER' ] && [ "$3" = ";" ] && [ -z "$4" ]"#
        let directory = try TemporaryDirectory()
        let path = try directory.write(script + #" && printf %s "$ANSWER""#, to: "script")
        let (provider, scene) = try provider("/bin/sh \(path) 'a b' $ANSWER ; \"\"")
        #expect(try await scene.resolve(provider).credentials.accessKeyID == "AKIDEXAMPLE")
    }

    @Test("the program is looked for in the environment's PATH, and has that environment and no other")
    func environment() async throws {
        let directory = try TemporaryDirectory()
        try FileManager.default.createSymbolicLink(
            atPath: directory.path + "/keys-of-the-test", withDestinationPath: "/bin/sh")
        let (provider, scene) = try provider(
            #"keys-of-the-test -c '[ -z "$HOME" ] && printf %s "$ANSWER"'"#,
            environment: ["ANSWER": Self.answer, "PATH": ":/nowhere:\(directory.path)"])
        #expect(try await scene.resolve(provider).credentials.accessKeyID == "AKIDEXAMPLE")
    }

    @Test("the program reads nothing, whatever our own standard input is")
    func standardInput() async throws {
        let (provider, scene) = try provider(#"/bin/sh -c 'read x && exit 3; printf %s "$ANSWER"'"#)
        #expect(try await scene.resolve(provider).credentials.accessKeyID == "AKIDEXAMPLE")
    }

    @Test("a program that fails is told by its exit code or signal, never by its words")
    func failing() async throws {
        let (exiting, scene) = try provider("/bin/sh -c 'echo hunter2; echo hunter2 >&2; exit 7'")
        let reason = try await scene.failure(exiting)
        #expect(reason.contains("credential_process of the profile `p`") && reason.contains("exit code 7"))
        #expect(!reason.contains("hunter2"))
        let (killed, _) = try provider("/bin/sh -c 'kill -TERM $$'")
        #expect(try await scene.failure(killed).contains("signal 15"))
    }

    @Test(
        "a command that cannot be run fails without being quoted",
        arguments: [
            ("", "no program"), ("  ", "no program"), ("'' hunter2", "no program"), ("'hunter2", "quote"),
            ("hunter2\\", "backslash"), ("hunter2-that-is-nowhere", "PATH"), ("/hunter2/nowhere", "not exist"),
            ("/ hunter2", "executed"), ("/etc/passwd hunter2", "executed"),
        ])
    func unrunnable(command: String, words: String) async throws {
        let (provider, scene) = try provider(command)
        let reason = try await scene.failure(provider)
        #expect(reason.contains("`p`") && reason.contains(words) && !reason.contains("hunter2"))
    }

    @Test("a command with a NUL, at which C would end it, is not run")
    func nul() async throws {
        let (provider, scene) = try provider("/bin/sh -c 'exit 7\u{0}'")
        #expect(try await scene.failure(provider).contains("character"))
    }

    @Test(
        "an output that is not Version 1's fails without being quoted",
        arguments: [
            (#"{"Version": 2, \#(keys)}"#, "Version"), (#"{"Version": "1", \#(keys)}"#, "Version"),
            (#"{\#(keys)}"#, "Version"), ("hunter2", "JSON"), ("", "JSON"), ("[]", "JSON"),
            (#"{"Version": 1, "AccessKeyId": "AKIDEXAMPLE"}"#, "SecretAccessKey"),
            (#"{"Version": 1, "SecretAccessKey": "hunter2"}"#, "AccessKeyId"),
            (#"{"Version": 1, \#(keys), "Expiration": "hunter2"}"#, "Expiration"),
            (#"{"Version": 1, \#(keys), "Expiration": ""}"#, "Expiration"),
            (#"{"Version": 1, "AccessKeyId": "hunter2 x", "SecretAccessKey": "hunter2"}"#, "access key id"),
        ])
    func unusable(output: String, words: String) async throws {
        let (provider, scene) = try provider(
            #"/bin/sh -c 'printf %s "$ANSWER"'"#, environment: ["ANSWER": output.isEmpty ? " " : output])
        let reason = try await scene.failure(provider)
        #expect(reason.contains(words) && !reason.contains("hunter2"))
    }
}
