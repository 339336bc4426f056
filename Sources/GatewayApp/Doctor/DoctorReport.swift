import Foundation

/// What `jobgate doctor` found, check by check.
package struct DoctorReport: Sendable, Hashable {
    /// The checks, in the order in which they were made.
    package let checks: [DoctorCheck]

    /// Collects checks.
    package init(checks: [DoctorCheck]) {
        self.checks = checks
    }

    /// The worst of all checks; what was skipped says nothing.
    package var status: DoctorCheck.Status {
        if checks.contains(where: { $0.status == .fail }) { return .fail }
        return checks.contains { $0.status == .warn } ? .warn : .ok
    }

    /// Whether this program signs as AWS does; nothing else that was found is to be believed where it does not.
    package var signsWell: Bool { !checks.contains { $0.name == "signature" && $0.status == .fail } }

    /// A line for each check, and below it what to do where there is something to do.
    package var table: String {
        let targets = checks.map { $0.target?.count ?? 1 }.max() ?? 1
        let names = checks.map(\.name.count).max() ?? 1
        var lines: [String] = []
        for check in checks {
            let columns = [
                check.status.rawValue.padding(toLength: 4, withPad: " ", startingAt: 0),
                (check.target ?? "-").padding(toLength: targets, withPad: " ", startingAt: 0),
                check.name.padding(toLength: names, withPad: " ", startingAt: 0),
            ]
            lines.append(columns.joined(separator: "  ") + "  \(Self.line(check.detail))")
            let indent = String(repeating: " ", count: targets + names + 10)
            if let hint = check.hint { lines.append("\(indent)-> \(Self.line(hint))") }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// A text as one line: what others wrote must not move a terminal's cursor.
    private static func line(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { scalar -> Unicode.Scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: " "
            default: scalar
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }

    /// The report as JSON.
    package func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(Document(status: status, checks: checks)), as: UTF8.self)
    }

    private struct Document: Encodable {
        let status: DoctorCheck.Status
        let checks: [DoctorCheck]
    }
}

/// One thing that `jobgate doctor` looked at.
package struct DoctorCheck: Sendable, Hashable, Encodable {
    /// What came of it.
    package enum Status: String, Sendable, Hashable, Encodable {
        /// As it should be.
        case ok
        /// The gateway works, and yet somebody should look at it.
        case warn
        /// The gateway does not work.
        case fail
        /// Not looked at, because something before it failed.
        case skip
    }

    /// The target; `nil` for what concerns all of them.
    package let target: String?
    /// The check's name, for example `dms-read`.
    package let name: String
    /// What came of it.
    package let status: Status
    /// What was found; holds no secret.
    package let detail: String
    /// What to do; `nil` where there is nothing to do.
    package let hint: String?

    /// Describes a check.
    package init(target: String?, name: String, _ status: Status, _ detail: String, hint: String? = nil) {
        self.target = target
        self.name = name
        self.status = status
        self.detail = detail
        self.hint = hint
    }

    private enum CodingKeys: String, CodingKey {
        case target, check, status, detail, hint
    }

    /// Writes every member, those that are `nil` too.
    package func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(target, forKey: .target)
        try members.encode(name, forKey: .check)
        try members.encode(status, forKey: .status)
        try members.encode(detail, forKey: .detail)
        try members.encode(hint, forKey: .hint)
    }
}
