/// AWS's URI encoding: every byte but `A–Z a–z 0–9 - . _ ~` becomes `%XX`, in upper-case digits.
///
/// This is `UriEncode()` of the SigV4 description: a space is `%20`, never `+`, and what is encoded already is
/// encoded again.
package enum URIEncoding {
    /// What becomes of each byte value.
    private enum Treatment: UInt8 {
        case encode
        case keep
        case slash
    }

    private static let treatments: [Treatment] = (0...255).map { (byte: UInt8) in
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            .keep
        case UInt8(ascii: "/"): .slash
        default: .encode
        }
    }

    private static let digits = Array("0123456789ABCDEF".utf8)

    /// Encodes the UTF-8 bytes of `text`.
    ///
    /// A `/` is encoded too, unless `keepingSlashes`: a path as a whole keeps them, a label within it does not.
    package static func encode(_ text: String, keepingSlashes: Bool = false) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        append(text.utf8, keepingSlashes: keepingSlashes, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the encoding of each byte of `source` to `target`.
    static func append(_ source: some Sequence<UInt8>, keepingSlashes: Bool, to target: inout [UInt8]) {
        for byte in source { append(byte, keepingSlashes: keepingSlashes, to: &target) }
    }

    /// Appends the encoding of one byte to `target`.
    static func append(_ byte: UInt8, keepingSlashes: Bool, to target: inout [UInt8]) {
        let treatment = treatments[Int(byte)]
        if treatment == .keep || (treatment == .slash && keepingSlashes) {
            target.append(byte)
        } else {
            target.append(UInt8(ascii: "%"))
            target.append(digits[Int(byte >> 4)])
            target.append(digits[Int(byte & 15)])
        }
    }
}
