/// The header `Cache-Control` of an answer (RFC 9111, section 5.2).
package enum CacheControl {
    /// How long the answer may be kept: `max-age`, in whole seconds.
    ///
    /// - Parameter fields: The values of every `Cache-Control` field.
    /// - Returns: The time; `nil` where none is said or what is said is no number of seconds.
    package static func maxAge(_ fields: [String]) -> Duration? {
        for directive in fields.flatMap({ $0.split(separator: ",") }) {
            let parts = directive.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " && $0 != "\t" } }
            guard parts.count == 2, parts[0].lowercased() == "max-age", let seconds = UInt32(parts[1]) else { continue }
            return .seconds(Int64(seconds))
        }
        return nil
    }
}
