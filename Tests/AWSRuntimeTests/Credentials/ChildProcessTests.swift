import AWSRuntime
import Foundation
import GatewayTestSupport
import Resilience
import SigV4
import Testing

/// What becomes of the process itself: real ones, seen from outside.
@Suite("Processes that give credentials")
struct ChildProcessTests {
    private static let answer =
        #"{"Version": 1, "AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "hunter2-secret"}"#
    private let directory: TemporaryDirectory
    private let scene: MetadataScene

    init() throws {
        directory = try TemporaryDirectory()
        scene = try MetadataScene(["ANSWER": Self.answer, "PLACE": directory.path, "PATH": "/usr/bin:/bin"])
    }

    private func provider(_ script: String) throws -> ProcessCredentialsProvider {
        let path = try directory.write(script, to: "script")
        return ProcessCredentialsProvider(command: "/bin/sh \(path)", profile: "p", context: scene.context)
    }

    /// Whether a process is there and not dead already, waiting to be collected by whoever inherited it.
    private func isAlive(_ process: pid_t) -> Bool {
        guard let status = FileManager.default.contents(atPath: "/proc/\(process)/stat") else { return false }
        let fields = String(decoding: status, as: UTF8.self).split(separator: ")").last?.split(separator: " ")
        return fields?.first != "Z"
    }

    /// A process id that the script wrote.
    private func process(in file: String) throws -> pid_t {
        let text = try String(contentsOfFile: "\(directory.path)/\(file)", encoding: .utf8)
        return try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    }

    /// Whether a process is gone within five seconds: a killed one takes a moment.
    private func ends(_ process: pid_t) async throws -> Bool {
        for _ in 0..<12_000 {
            if !isAlive(process) { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    @Test("a program that does not end is killed at the deadline with what it started, and leaves no dead process")
    func deadline() async throws {
        let provider = try provider(
            "sleep 600 &\necho $! > $PLACE/grandchild\necho $$ > $PLACE/child\nwait\nprintf %s \"$ANSWER\"")
        let start = ContinuousClock.now
        let reason = try await scene.failure(provider, within: .seconds(1))
        #expect(reason.contains("in time"))
        #expect(start.duration(to: .now) >= .seconds(1))
        // Signal 0 reaches a dead process too, as long as nobody has collected it.
        #expect(kill(try process(in: "child"), 0) == -1 && errno == ESRCH)
        #expect(try await ends(process(in: "grandchild")))
    }

    @Test("a program that closes its output and lives on is killed at the deadline all the same")
    func closedOutput() async throws {
        let provider = try provider("echo $$ > $PLACE/child\nprintf %s \"$ANSWER\"\nexec sleep 600 >&-")
        #expect(try await scene.failure(provider, within: .seconds(1)).contains("in time"))
        #expect(kill(try process(in: "child"), 0) == -1 && errno == ESRCH)
    }

    @Test("what a program leaves running does not hold its answer up, and is left alone")
    func daemon() async throws {
        let provider = try provider("sleep 600 &\necho $! > $PLACE/daemon\nprintf %s \"$ANSWER\"")
        #expect(try await scene.resolve(provider).credentials.accessKeyID == "AKIDEXAMPLE")
        let daemon = try process(in: "daemon")
        #expect(isAlive(daemon))
        kill(daemon, SIGKILL)
    }

    @Test("a deadline that has passed starts nothing")
    func noTime() async throws {
        let provider = try provider("touch $PLACE/started")
        #expect(try await scene.failure(provider, within: .zero).contains("in time"))
        #expect(!FileManager.default.fileExists(atPath: directory.path + "/started"))
    }

    @Test("cancelling the task kills the program")
    func cancelled() async throws {
        let provider = try provider("echo $$ > $PLACE/new\nmv $PLACE/new $PLACE/child\nexec sleep 60")
        let task = Task { try await scene.failure(provider, within: .seconds(60)) }
        for _ in 0..<500 where !FileManager.default.fileExists(atPath: directory.path + "/child") {
            try await Task.sleep(for: .milliseconds(10))
        }
        task.cancel()
        #expect(try await task.value.contains("nobody waits"))
        #expect(kill(try process(in: "child"), 0) == -1 && errno == ESRCH)
    }

    @Test("an output of 64 KiB is read whole, one byte more is a failure")
    func largeOutput() async throws {
        let padded = #"printf "%s%*s" "$ANSWER" $((65536 - ${#ANSWER} + EXTRA)) """#
        let fits = try provider("EXTRA=0; \(padded)")
        #expect(try await scene.resolve(fits).credentials.accessKeyID == "AKIDEXAMPLE")
        let over = try provider("EXTRA=1; \(padded)")
        #expect(try await scene.failure(over).contains("65536"))
    }

    @Test("a program that never stops writing is killed at once")
    func endlessOutput() async throws {
        let provider = try provider("echo $$ > $PLACE/child\nexec yes")
        #expect(try await scene.failure(provider, within: .seconds(600)).contains("65536"))
        #expect(kill(try process(in: "child"), 0) == -1 && errno == ESRCH)
    }

    @Test("a program may say as much as it likes on its standard error")
    func standardError() async throws {
        let provider = try provider("head -c 1000000 /dev/zero >&2 && printf %s \"$ANSWER\"")
        #expect(try await scene.resolve(provider).credentials.accessKeyID == "AKIDEXAMPLE")
    }

    @Test("signals that the gateway ignores are not ignored in the program")
    func signals() async throws {
        _ = signal(SIGPIPE, SIG_IGN)
        let provider = try provider("kill -PIPE $$\nprintf %s \"$ANSWER\"")
        #expect(try await scene.failure(provider).contains("signal 13"))
    }

    @Test("a descriptor that was left open for children is not handed on")
    func descriptors() async throws {
        let descriptor = dup(STDERR_FILENO)
        defer { close(descriptor) }
        let provider = try provider("[ -e /proc/$$/fd/\(descriptor) ] && exit 9\nprintf %s \"$ANSWER\"")
        #expect(try await scene.resolve(provider).credentials.accessKeyID == "AKIDEXAMPLE")
    }

    @Test("a program that somebody is just writing is waited for, until the deadline")
    func writing() async throws {
        let path = try directory.write("#!/bin/sh\nprintf %s \"$ANSWER\"\n", to: "program")
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
        let provider = ProcessCredentialsProvider(command: path, profile: "p", context: scene.context)
        let writer = try #require(FileHandle(forWritingAtPath: path))
        #expect(try await scene.failure(provider, within: .milliseconds(200)).contains("being written"))
        let answer = Task { try await scene.resolve(provider, within: .seconds(60)).credentials.accessKeyID }
        try await Task.sleep(for: .milliseconds(50))
        try writer.close()
        #expect(try await answer.value == "AKIDEXAMPLE")
    }

    @Test("many programs at once all give their answer")
    func concurrent() async throws {
        let provider = try provider("printf %s \"$ANSWER\"")
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<32 {
                group.addTask { try await scene.resolve(provider, within: .seconds(60)).credentials.accessKeyID }
            }
            for try await key in group { #expect(key == "AKIDEXAMPLE") }
        }
    }
}
