package import Foundation

/// An event as it stands in the trail: numbered, and chained to the one before it.
package struct AuditRecord: Sendable, Hashable {
    /// Its number; the first has 1, and none is left out.
    package let seq: Int64
    /// The process that wrote it.
    package let instance: Int64
    /// What happened.
    package let event: AuditEvent
    /// The SHA-256 hash that chains it to the one before it: 32 bytes.
    package let hash: [UInt8]

    /// Puts the parts together.
    package init(seq: Int64, instance: Int64, event: AuditEvent, hash: [UInt8]) {
        self.seq = seq
        self.instance = instance
        self.event = event
        self.hash = hash
    }

    /// The hash in hexadecimal digits.
    package var hashText: String { AuditChain.text(of: hash) }
}

/// The columns of a record, in the order in which they are chained.
enum AuditColumn: String, CaseIterable {
    case seq, time, instance, entry, intent
    case requestID = "request_id"
    case traceID = "trace_id"
    case callerID = "caller_id"
    case callerName = "caller_name"
    case proof = "auth"
    case remoteAddress = "remote"
    case reason, method, route, target
    case jobKind = "kind"
    case project, job
    case stateBefore = "state_before"
    case stateAfter = "state_after"
    case upstreamRequestID = "upstream_request_id"
    case status, outcome

    /// Whether the column holds whole numbers, not text.
    var isInteger: Bool {
        switch self {
        case .seq, .instance, .intent, .status: true
        default: false
        }
    }

    /// Whether every record has a value.
    var isRequired: Bool {
        switch self {
        case .seq, .time, .instance, .entry, .requestID: true
        default: false
        }
    }
}

/// What a column holds.
enum AuditValue: Hashable {
    case integer(Int64)
    case text(String)
    case null

    init(_ text: String?) {
        self = text.map { .text(AuditText.clean($0)) } ?? .null
    }

    init(_ integer: Int64?) {
        self = integer.map { .integer($0) } ?? .null
    }
}

extension AuditEvent {
    /// What a column holds of the event, once it has a number and a writer.
    func value(of column: AuditColumn, seq: Int64, instance: Int64) -> AuditValue {
        switch column {
        case .seq: AuditValue(seq)
        case .time: AuditValue(AuditTime.text(of: time))
        case .instance: AuditValue(instance)
        case .entry: AuditValue(entry.rawValue)
        case .intent: AuditValue(intent)
        case .requestID: AuditValue(requestID)
        case .traceID: AuditValue(traceID)
        case .callerID: AuditValue(callerID)
        case .callerName: AuditValue(callerName)
        case .proof: AuditValue(proof)
        case .remoteAddress: AuditValue(remoteAddress)
        case .reason: AuditValue(reason)
        case .method: AuditValue(method)
        case .route: AuditValue(route)
        case .target: AuditValue(target)
        case .jobKind: AuditValue(jobKind)
        case .project: AuditValue(project)
        case .job: AuditValue(job)
        case .stateBefore: AuditValue(stateBefore)
        case .stateAfter: AuditValue(stateAfter)
        case .upstreamRequestID: AuditValue(upstreamRequestID)
        case .status: AuditValue(status.map(Int64.init))
        case .outcome: AuditValue(outcome)
        }
    }
}

/// Times as the trail writes them: RFC 3339 in UTC, to the millisecond, so that their order is that of their texts.
package enum AuditTime {
    /// Writes a time.
    package static func text(of date: Date) -> String {
        // Half a millisecond more, because the style cuts what is beyond the third digit.
        let milliseconds = (date.timeIntervalSince1970 * 1_000).rounded()
        return Date(timeIntervalSince1970: (milliseconds + 0.5) / 1_000).formatted(style)
    }

    /// Reads a time that ``text(of:)`` wrote; `nil` for anything else.
    package static func date(from text: String) -> Date? {
        try? style.parse(text)
    }

    private static let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
}

/// Texts as the trail keeps them.
enum AuditText {
    /// The most scalars that a text keeps.
    static let longest = 1_024

    /// A text without control characters, each replaced by U+FFFD, and cut where it is too long.
    static func clean(_ text: String) -> String {
        let isClean = text.utf8.count <= longest && text.unicodeScalars.allSatisfy { !isControl($0) }
        guard !isClean else { return text }
        let scalars = text.unicodeScalars.prefix(longest).map { isControl($0) ? "\u{FFFD}" : $0 }
        return String(String.UnicodeScalarView(scalars))
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .control
    }
}
