import Foundation

/// Small files that somebody else writes.
enum BoundedFile {
    /// Why a file was not read, as the end of a sentence that names it.
    enum Problem: Error, CustomStringConvertible {
        case missing
        case unreadable
        case tooLarge(limit: Int)

        var description: String {
            switch self {
            case .missing: "does not exist"
            case .unreadable: "cannot be read"
            case .tooLarge(let limit): "has over \(limit) bytes"
            }
        }
    }

    /// Reads a whole file of at most `limit` bytes, whatever it links to.
    static func read(_ path: String, limit: Int) throws(Problem) -> [UInt8] {
        guard FileManager.default.fileExists(atPath: path) else { throw .missing }
        var bytes: [UInt8] = []
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            while bytes.count <= limit, let part = try file.read(upToCount: limit + 1 - bytes.count), !part.isEmpty {
                bytes += part
            }
            try file.close()
        } catch {
            throw .unreadable
        }
        guard bytes.count <= limit else { throw .tooLarge(limit: limit) }
        return bytes
    }
}
