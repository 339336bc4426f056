extension AllowList {
    /// What an allow-list has a rule for.
    package enum Resource: String, Sendable, Hashable, CaseIterable {
        /// Configured targets.
        case targets
        /// Migration projects.
        case projects
        /// Transfer jobs.
        case transferJobs
    }
}

extension AllowList.Resource {
    /// What a pattern is made of, to end a sentence such as "a pattern in `targets` is …".
    package var patternDescription: String {
        switch self {
        case .targets: "1 to 64 of A-Z, a-z, 0-9, `_`, `-`, `*` and `?`"
        case .projects: "1 to 255 visible characters without `/` and without a space at either end"
        case .transferJobs: "1 to 128 of A-Z, a-z, 0-9, `_`, `-`, `*` and `?`"
        }
    }

    /// Reads a pattern; `nil` when no name of the resource could ever fit it.
    package func pattern(_ text: String) -> Glob? {
        switch self {
        case .targets: isPlain(text, longest: 64) ? Glob(text) : nil
        case .projects: Glob(text)
        case .transferJobs: isPlain(text, longest: 128) ? Glob(text) : nil
        }
    }

    private func isPlain(_ text: String, longest: Int) -> Bool {
        text.utf8.count <= longest
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "*"),
                    UInt8(ascii: "?"):
                    true
                default: false
                }
            }
    }
}
