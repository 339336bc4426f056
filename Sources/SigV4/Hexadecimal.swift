internal import Crypto

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// Hexadecimal digits, two a byte, the most significant first.
enum Hexadecimal {
    /// The two lower-case digits of each byte value: the first in the high byte, the second in the low one.
    private static let pairs: [UInt16] = {
        let digits = Array("0123456789abcdef".utf8)
        return (0..<256).map { UInt16(digits[$0 >> 4]) << 8 | UInt16(digits[$0 & 15]) }
    }()

    /// The lower-case digits of a digest or an authentication code, as SigV4 writes every hash.
    static func bytes(of digest: some ContiguousBytes) -> [UInt8] {
        let pairs = pairs
        // A digest gives its bytes only through a pointer, or copied into an array for each use.
        return unsafe digest.withUnsafeBytes { raw in
            var result = [UInt8](repeating: 0, count: 2 * raw.count)
            for position in 0..<raw.count {
                let pair = pairs[Int(unsafe raw[position])]
                result[2 * position] = UInt8(truncatingIfNeeded: pair >> 8)
                result[2 * position + 1] = UInt8(truncatingIfNeeded: pair)
            }
            return result
        }
    }

    /// The lower-case digits of SHA-256 over `bytes`.
    static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        Self.bytes(of: SHA256.hash(data: bytes))
    }

    /// The bytes that lower-case digits stand for, or nil when a character is none or their number is odd.
    static func decode(_ digits: some StringProtocol) -> [UInt8]? {
        var result: [UInt8] = []
        var high: UInt8?
        for character in digits.utf8 {
            let value: UInt8
            switch character {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = character - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = character - UInt8(ascii: "a") + 10
            default: return nil
            }
            guard let first = high else {
                high = value
                continue
            }
            result.append(first << 4 | value)
            high = nil
        }
        return high == nil ? result : nil
    }
}
