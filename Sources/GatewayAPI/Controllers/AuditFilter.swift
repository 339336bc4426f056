import AuditLog
import Authentication
import Foundation
import GatewayCore
import HTTPServer

extension AuditQuery {
    /// The names of the parameters.
    static let parameters = [
        "limit", "cursor", "since", "until", "entry", "caller", "target", "kind", "project", "job", "outcome",
        "requestId",
    ]

    /// Reads the query of `GET /audit`.
    ///
    /// - Throws: `invalid-request`.
    init(_ request: Request) throws(GatewayError) {
        let items: [(name: String, value: String)]
        do {
            items = try request.queryItems()
        } catch {
            throw GatewayError(.invalidRequest, error.publicSentence)
        }
        self.init()
        var seen: Set<String> = []
        for (name, value) in items {
            guard seen.insert(name).inserted else {
                throw GatewayError(.invalidRequest, "A query parameter is given twice.")
            }
            try take(name, value)
        }
    }

    private mutating func take(_ name: String, _ value: String) throws(GatewayError) {
        guard !value.isEmpty || !Self.parameters.contains(name) else {
            throw GatewayError(.invalidRequest, "`\(name)` is empty.")
        }
        switch name {
        case "limit":
            guard value.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let limit = Int(value),
                (1...200).contains(limit)
            else { throw GatewayError(.invalidRequest, "`limit` is a whole number from 1 to 200.") }
            self.limit = limit
        case "cursor":
            guard let seq = AuditCursor.seq(value) else {
                throw GatewayError(.invalidRequest, "`cursor` is none that this route gave.")
            }
            before = seq
        case "since": since = try Self.time(name, value)
        case "until": until = try Self.time(name, value)
        case "entry": entry = try Self.word(name, value, of: AuditEvent.Entry.allCases.map(\.rawValue))
        case "kind": jobKind = try Self.word(name, value, of: Job.Kind.allCases.map(\.rawValue))
        case "caller": caller = value
        case "target": target = value
        case "project": project = value
        case "job": job = value
        case "outcome": outcome = value
        case "requestId": requestID = value
        default:
            throw GatewayError(
                .invalidRequest, "The query has an unknown parameter.",
                hint: "Known are: \(Self.parameters.joined(separator: ", ")).")
        }
    }

    private static func time(_ name: String, _ value: String) throws(GatewayError) -> Date {
        guard let date = APIKeyFile.date(from: value) else {
            throw GatewayError(
                .invalidRequest, "`\(name)` is a time such as 2026-11-21T08:00:00Z, or a day.",
                hint: "A `+` in a query is a space: write it as %2B.")
        }
        return date
    }

    private static func word(_ name: String, _ value: String, of words: [String]) throws(GatewayError) -> String {
        guard words.contains(value) else {
            throw GatewayError(.invalidRequest, "`\(name)` is one of \(words.joined(separator: ", ")).")
        }
        return value
    }
}

/// Where a page of the trail ends, as callers hand it back: the number of its last row, in digits of base 36 behind a
/// letter for the form.
enum AuditCursor {
    /// Writes a cursor.
    static func text(_ seq: Int64) -> String { "a" + String(seq, radix: 36) }

    /// Reads what ``text(_:)`` wrote; `nil` for anything else.
    static func seq(_ text: String) -> Int64? {
        guard text.hasPrefix("a"), text.utf8.count <= 14, let seq = Int64(text.dropFirst(), radix: 36), seq > 0,
            Self.text(seq) == text
        else { return nil }
        return seq
    }
}
