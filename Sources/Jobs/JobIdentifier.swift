/// Which job: parsed and checked at the door, so that nothing behind it meets a bad identifier.
package enum JobIdentifier: Sendable, Hashable {
    /// A DMS metadata model conversion.
    case conversion(ConversionIdentifier)
    /// An IoT TwinMaker metadata transfer job.
    case transferJob(TransferJobIdentifier)
}

/// Why a text is no identifier, in a sentence for the caller.
package struct IdentifierError: Error, Sendable, Hashable {
    /// The sentence.
    package let detail: String
}

/// A migration project by its name or its ARN, at most 255 characters.
package struct ProjectIdentifier: Sendable, Hashable {
    /// The identifier as it was given and as DMS is told it.
    package let text: String
    /// The partition that an ARN names; `nil` for a name.
    package let partition: String?
    /// The region that an ARN names; `nil` for a name.
    package let region: String?
    /// The account that an ARN names, 12 digits; `nil` for a name.
    package let account: String?

    /// Checks a project's name or ARN.
    ///
    /// - Throws: When it is empty, too long, holds characters that are not to be seen, or is an ARN of something else.
    package init(_ text: String) throws(IdentifierError) {
        guard (1...255).contains(text.unicodeScalars.count) else {
            throw IdentifierError(detail: "The project is a name or an ARN of 1 to 255 characters.")
        }
        guard text != ".", text != "..", text.unicodeScalars.allSatisfy({ $0 != "/" && Self.isVisible($0) }) else {
            throw IdentifierError(detail: "The project holds a character that no project's name or ARN has.")
        }
        self.text = text
        guard text.hasPrefix("arn:") else {
            self.partition = nil
            self.region = nil
            self.account = nil
            return
        }
        let fields = text.split(separator: ":", maxSplits: 6, omittingEmptySubsequences: false)
        guard fields.count == 7, fields[1].hasPrefix("aws"), fields[2] == "dms", !fields[3].isEmpty,
            fields[4].utf8.count == 12, fields[4].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            fields[5] == "migration-project", !fields[6].isEmpty
        else {
            throw IdentifierError(
                detail: "The project is not the ARN of a migration project: "
                    + "arn:aws:dms:<region>:<account>:migration-project:<id>.")
        }
        self.partition = String(fields[1])
        self.region = String(fields[3])
        self.account = String(fields[4])
    }

    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: false
        default: true
        }
    }
}

/// A metadata model conversion: a project and a request identifier of 1 to 255 visible ASCII characters without `/`.
package struct ConversionIdentifier: Sendable, Hashable {
    /// The migration project.
    package let project: ProjectIdentifier
    /// The request's identifier.
    package let request: String

    /// Checks the two parts.
    package init(project: String, request: String) throws(IdentifierError) {
        self.project = try ProjectIdentifier(project)
        guard (1...255).contains(request.utf8.count),
            request.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "/") })
        else {
            throw IdentifierError(detail: "The request identifier is 1 to 255 visible ASCII characters without `/`.")
        }
        guard request != ".", request != ".." else {
            throw IdentifierError(detail: "The request identifier is a dot segment.")
        }
        self.request = request
    }
}

/// A metadata transfer job's identifier: 2 to 128 of `[a-zA-Z0-9_-]`, as TwinMaker's own pattern has it.
package struct TransferJobIdentifier: Sendable, Hashable {
    /// The identifier.
    package let text: String

    /// Checks an identifier against `[a-zA-Z_0-9][a-zA-Z_\-0-9]*[a-zA-Z0-9]+`.
    package init(_ text: String) throws(IdentifierError) {
        let bytes = Array(text.utf8)
        guard (2...128).contains(bytes.count), let first = bytes.first, let last = bytes.last,
            Self.isAlphanumeric(first) || first == UInt8(ascii: "_"), Self.isAlphanumeric(last),
            bytes.allSatisfy({ Self.isAlphanumeric($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") })
        else {
            throw IdentifierError(
                detail: "A transfer job's id is 2 to 128 of a-z, A-Z, 0-9, `_` and `-`; "
                    + "it does not begin with `-` and ends with a letter or a digit.")
        }
        self.text = text
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}

extension JobIdentifier {
    /// The job's path on this gateway, percent-encoded where a path segment needs it.
    package var path: String {
        switch self {
        case .conversion(let id):
            "/projects/\(Self.encoded(id.project.text))/conversions/\(Self.encoded(id.request))"
        case .transferJob(let id):
            "/transfer-jobs/\(id.text)"
        }
    }

    /// Percent-encodes all but RFC 3986's `pchar`, so that an ARN's colons stay readable.
    private static func encoded(_ segment: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in segment.utf8 {
            if isPathCharacter(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isPathCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~!$&'()*+,;=:@".utf8.contains(byte)
        }
    }
}
