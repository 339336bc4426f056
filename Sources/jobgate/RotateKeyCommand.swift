import ArgumentParser
import Authentication
import Foundation
import GatewayApp

/// `jobgate keys rotate`.
struct RotateKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Makes a key in another one's place and shows it once, alone on the last line of standard output.",
        discussion: """
            The new key has the name, client, scopes, limit and allow-lists of the old one, and lives as long as the \
            old one was made to live. The old one stays good for the overlap, and never longer than it would have.
            """)

    @Option(help: "The key file.")
    var file: String

    @Argument(help: "The old key's id, as `keys list` shows it.")
    var id: String

    @Option(help: "How long the old key stays good: a duration such as 24h; 0s ends it at once.")
    var overlap = "24h"

    @Option(help: "When the new key ends: a duration such as 90d, or a time such as 2027-01-01T00:00:00Z.")
    var expires: String?

    func run() throws {
        guard let overlap = DurationText.parse(overlap) else {
            throw ValidationError("--overlap is a duration such as 24h or 0s")
        }
        let now = Date()
        let expiresAt = try ExpiryText.date(from: expires, at: now)
        let rotation: APIKeyFile.Rotation
        do {
            rotation = try APIKeyFile(path: file).rotate(id, at: now, overlap: overlap, expiresAt: expiresAt)
        } catch {
            Failure.report("jobgate: \(error)")
            throw ExitCode(1)
        }
        let (old, new) = (rotation.old, rotation.new)
        Failure.report("The key \(old.id) of the client \(new.client ?? new.id) expires \(Self.text(old.expiresAt)).")
        Failure.report(
            "The key \(new.id), which expires \(Self.text(new.expiresAt)), is in \(file). "
                + "This is the only time that it is shown:")
        print(rotation.key.expose())
    }

    private static func text(_ date: Date?) -> String { date?.formatted(.iso8601) ?? "never" }
}
