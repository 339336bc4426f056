import ArgumentParser
import AuditLog
import Foundation

/// `jobgate audit`: looks after the audit trail.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Looks after the audit trail.", subcommands: [VerifyAuditCommand.self])
}

/// `jobgate audit verify`.
struct VerifyAuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Checks a trail from its first row to its last; exits with 1 and says what is wrong, and where.",
        discussion: "The file is only read, and a gateway may go on writing it.")

    @Option(help: "The trail's file, the setting audit.path.")
    var path: String

    @Option(
        help: ArgumentHelp(
            "A row's number and hash as the log's audit line has them; may be repeated.", valueName: "seq:hash"))
    var anchor: [String] = []

    @Flag(help: "As JSON: status, rows, hash, open, and fault.")
    var json = false

    func run() throws {
        let anchors = try anchor.map { text in
            guard let anchor = AuditAnchor(text) else {
                throw ValidationError("--anchor is a row's number, a colon, and its hash of 64 hexadecimal digits")
            }
            return anchor
        }
        let found = AuditVerification(path: path, anchors: anchors)
        if json {
            print(try Self.document(found))
        } else if let fault = found.fault {
            Failure.report("broken (\(fault.kind.rawValue)): \(fault.detail)")
            print("\(found.rows) rows before that are good")
        } else {
            print("the trail is whole: \(found.rows) rows, \(found.open) intents without an outcome")
            if let hash = found.hash { print("anchor \(found.rows):\(hash)") }
        }
        if found.fault != nil { throw ExitCode(1) }
    }

    private static func document(_ found: AuditVerification) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(Document(found)), as: UTF8.self)
    }

    /// Every member is written, those that are `nil` too.
    private struct Document: Encodable {
        private let found: AuditVerification

        init(_ found: AuditVerification) {
            self.found = found
        }

        private enum CodingKeys: String, CodingKey {
            case status, rows, hash, open, fault
        }

        private enum FaultKeys: String, CodingKey {
            case kind, seq, detail
        }

        func encode(to encoder: any Encoder) throws {
            var members = encoder.container(keyedBy: CodingKeys.self)
            try members.encode(found.fault == nil ? "whole" : "broken", forKey: .status)
            try members.encode(found.rows, forKey: .rows)
            try members.encode(found.hash, forKey: .hash)
            try members.encode(found.open, forKey: .open)
            guard let fault = found.fault else { return try members.encodeNil(forKey: .fault) }
            var nested = members.nestedContainer(keyedBy: FaultKeys.self, forKey: .fault)
            try nested.encode(fault.kind.rawValue, forKey: .kind)
            try nested.encode(fault.seq, forKey: .seq)
            try nested.encode(fault.detail, forKey: .detail)
        }
    }
}
