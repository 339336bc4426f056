import ArgumentParser
import Authentication
import Foundation
import GatewayApp

/// The option `--expires`.
enum ExpiryText {
    /// Reads the option; `nil` where it was not given.
    ///
    /// - Throws: When it is neither a duration nor a time, or lies in the past.
    static func date(from text: String?, at now: Date) throws -> Date? {
        guard let text else { return nil }
        let date =
            DurationText.parse(text).map { now.addingTimeInterval($0 / .seconds(1)) } ?? APIKeyFile.date(from: text)
        guard let date else {
            throw ValidationError("--expires is a duration such as 90d or a time such as 2027-01-01T00:00:00Z")
        }
        guard date > now else { throw ValidationError("--expires lies in the past") }
        return date
    }
}
