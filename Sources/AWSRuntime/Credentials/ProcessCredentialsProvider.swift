import Foundation
package import Resilience
import SigV4

/// Runs the program that a profile's `credential_process` names, without a shell, and reads credentials from its
/// standard output.
///
/// No message shows the command, its output or what it says on its standard error: all of them may hold a secret.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
package struct ProcessCredentialsProvider: CredentialsProvider {
    /// `process`.
    package let name = "process"
    private let command: String
    private let place: String
    private let environment: [String: String]
    private let time: AWSClientTime

    private static let maxOutputBytes = 64 << 10

    /// Takes a command.
    ///
    /// - Parameters:
    ///   - command: The value of `credential_process`.
    ///   - profile: The profile's name, for messages.
    ///   - context: Gives the environment that the program is found and run with, and the clock.
    package init(command: String, profile: String, context: CredentialsContext) {
        self.command = command
        self.place = "credential_process of the profile `\(profile)`"
        self.environment = context.settings.environment
        self.time = context.time
    }

    /// The credentials that the program writes.
    ///
    /// - Throws: ``CredentialsError``; never declines. A program that does not end by the deadline is killed.
    package func resolve(by deadline: Deadline) async throws(CredentialsError) -> ResolvedCredentials {
        let process = try process()
        let output: [UInt8]
        do {
            output = try await process.output(within: deadline.remaining(at: time.now()))
        } catch {
            throw failed("\(error)")
        }
        guard let document = CredentialsDocument.read(output) else {
            throw failed("wrote something that is not a JSON object")
        }
        guard document.version == 1 else { throw failed("wrote another Version than 1, which is the one there is") }
        let credentials = try document.credentials(from: place, provider: name)
        return ResolvedCredentials(documented: credentials, source: place)
    }

    private func process() throws(CredentialsError) -> ChildProcess {
        let words: [String]
        do {
            words = try ShellWords.split(command)
        } catch {
            throw failed("\(error)")
        }
        guard let program = words.first, !program.isEmpty else { throw failed("names no program") }
        guard !command.utf8.contains(0) else { throw failed("holds a character that no argument can") }
        guard let file = file(of: program) else { throw failed("names a program that is not found in PATH") }
        return ChildProcess(
            program: file, arguments: Array(words.dropFirst()), environment: environment,
            maxOutputBytes: Self.maxOutputBytes)
    }

    /// A name without a slash is looked for in `PATH`; its empty entries, which mean the working directory, do not
    /// count.
    private func file(of program: String) -> String? {
        guard !program.contains("/") else { return program }
        let directories = (environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
        return directories.map { "\($0)/\(program)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    private func failed(_ reason: String) -> CredentialsError {
        .failed(provider: name, reason: "\(place) \(reason)")
    }
}
