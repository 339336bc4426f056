import Foundation
import GatewayCore

/// A look at SQLite's write-ahead log itself (https://www.sqlite.org/fileformat2.html#the_write_ahead_log).
///
/// SQLite takes a frame whose checksum is wrong for the end of the log and says nothing: damage there takes away the
/// newest rows together with the head that would tell of them, until the log has been moved into the file.
enum WriteAheadLog {
    /// Whether there is a log beside a database that is not empty.
    static func hasBytes(ofDatabase path: String) -> Bool {
        // One that is not there holds nothing.
        ((try? FileStatus(of: path + "-wal"))?.size ?? 0) > 0
    }

    /// Says what is wrong with the log beside a database; `nil` when nothing is, or there is none.
    ///
    /// A gateway may be writing a frame meanwhile, so only what stays wrong is told.
    static func damage(ofDatabase path: String) -> String? {
        for attempt in 0..<10 {
            guard let bytes = FileManager.default.contents(atPath: path + "-wal"), isDamaged(bytes) else { return nil }
            if attempt < 9 { Thread.sleep(forTimeInterval: 0.05) }
        }
        return "the write-ahead log, \(path)-wal, is damaged: rows at the end may be lost"
    }

    /// Whether a transaction of the log's present generation ends behind, or in, a frame that is not whole.
    ///
    /// Frames without an end are what a full disk or a crash left of a transaction that never was.
    static func isDamaged(_ bytes: Data) -> Bool {
        let log = [UInt8](bytes)
        guard log.count >= headerSize else { return false }
        let magic = number(log, at: 0)
        guard magic & ~1 == 0x377F_0682, number(log, at: 4) == 3_007_000 else { return true }
        let isBigEndian = magic & 1 == 1
        var sum: (UInt32, UInt32) = (0, 0)
        add(log[0..<24], to: &sum, isBigEndian: isBigEndian)
        guard sum == (number(log, at: 24), number(log, at: 28)) else { return true }
        let salt = log[16..<24]
        let frame = frameHeaderSize + Int(number(log, at: 8))
        for start in stride(from: headerSize, to: log.count - frame + 1, by: frame) {
            // What another generation left behind counts no more, unless one of this generation comes after it.
            guard log[(start + 8)..<(start + 16)] == salt else {
                return hasCommit(of: salt, in: log, from: start + frame, by: frame)
            }
            add(log[start..<(start + 8)], to: &sum, isBigEndian: isBigEndian)
            add(log[(start + frameHeaderSize)..<(start + frame)], to: &sum, isBigEndian: isBigEndian)
            if sum != (number(log, at: start + 16), number(log, at: start + 20)) {
                return hasCommit(of: salt, in: log, from: start, by: frame)
            }
        }
        return false
    }

    private static let headerSize = 32
    private static let frameHeaderSize = 24

    private static func hasCommit(of salt: ArraySlice<UInt8>, in log: [UInt8], from first: Int, by frame: Int) -> Bool {
        stride(from: first, to: log.count - frame + 1, by: frame).contains { start in
            // A transaction's last frame has the size of the database, the others have 0.
            log[(start + 8)..<(start + 16)].elementsEqual(salt) && number(log, at: start + 4) != 0
        }
    }

    private static func number(_ bytes: [UInt8], at index: Int) -> UInt32 {
        bytes[index..<(index + 4)].reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Adds bytes to the log's checksum ("Checksum Algorithm" of the format).
    private static func add(_ bytes: ArraySlice<UInt8>, to sum: inout (UInt32, UInt32), isBigEndian: Bool) {
        var index = bytes.startIndex
        func word() -> UInt32 {
            let word = bytes[index..<(index + 4)]
            let value = word.reduce(0) { $0 << 8 | UInt32($1) }
            return isBigEndian ? value : value.byteSwapped
        }
        while index + 8 <= bytes.endIndex {
            sum.0 &+= word() &+ sum.1
            index += 4
            sum.1 &+= word() &+ sum.0
            index += 4
        }
    }
}
