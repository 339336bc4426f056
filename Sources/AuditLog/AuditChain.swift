import Crypto

/// The chain of hashes: each record's hash covers the one before it, so that none can be changed or taken out alone.
///
/// A record's hash is the SHA-256 of the hash before it (32 zero bytes before the first) and of its columns in the
/// order of ``AuditColumn``: each is its length as four bytes, the highest first, and its bytes. Numbers are written
/// in decimal digits, texts in UTF-8; what is null has the length 0xFFFFFFFF and no bytes.
enum AuditChain {
    /// What stands before the first record.
    static let genesis = [UInt8](repeating: 0, count: 32)

    /// The hash of a record whose columns hold these bytes; `nil` for null.
    static func hash(after previous: [UInt8], _ columns: [[UInt8]?]) -> [UInt8] {
        var hasher = SHA256()
        hasher.update(data: previous)
        for column in columns {
            let length = column.map { UInt32($0.count) } ?? .max
            hasher.update(data: [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) })
            if let column { hasher.update(data: column) }
        }
        return Array(hasher.finalize())
    }

    /// Chains an event.
    static func record(
        _ event: AuditEvent, seq: Int64, instance: Int64, after previous: [UInt8]
    ) -> AuditRecord {
        let columns = AuditColumn.allCases.map { event.value(of: $0, seq: seq, instance: instance).bytes }
        return AuditRecord(seq: seq, instance: instance, event: event, hash: hash(after: previous, columns))
    }

    /// A hash in hexadecimal digits.
    static func text(of hash: [UInt8]) -> String {
        hash.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}

extension AuditValue {
    /// The bytes that are chained; `nil` for null.
    var bytes: [UInt8]? {
        switch self {
        case .integer(let number): Array(String(number).utf8)
        case .text(let text): Array(text.utf8)
        case .null: nil
        }
    }
}
