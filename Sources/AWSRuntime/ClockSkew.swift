package import Foundation
import Synchronization

/// How far AWS's clock is from ours, as its answers told; added to the time of every signature.
///
/// AWS refuses a signature that is minutes off. Its answer's `Date` says by how much, so the next attempt can be right;
/// what was learned serves every later call, and is learned anew should the clock be set.
package final class ClockSkew: Sendable {
    /// A difference below this is not what the refusal was about.
    package static let tolerance: TimeInterval = 4 * 60

    private let seconds = Mutex<TimeInterval>(0)

    /// Knows of no difference yet.
    package init() {}

    /// What is added to our clock now, in seconds.
    package var offset: TimeInterval { seconds.withLock { $0 } }

    /// Forgets what was learned: our clock has been set since.
    func forget() {
        seconds.withLock { $0 = 0 }
    }

    /// Learns from a refused call.
    ///
    /// - Parameters:
    ///   - failure: Why it was refused.
    ///   - offset: What was added to our clock when it was signed; another call may have learned since.
    ///   - dateHeader: The answer's `Date`.
    ///   - date: Our clock when the answer came.
    /// - Returns: Whether it was signed with another time than is known now, so that it is worth another attempt.
    func learn(
        from failure: AWSServiceFailure, signedWith offset: TimeInterval, dateHeader: String?, at date: Date
    ) -> Bool {
        guard Self.codes.contains(failure.code), let server = dateHeader.flatMap(Self.date(fromHTTP:)) else {
            return false
        }
        let difference = server.timeIntervalSince(date)
        guard abs(difference - offset) > Self.tolerance else { return false }
        seconds.withLock { $0 = abs(difference) > Self.tolerance ? difference : 0 }
        return true
    }

    private static let codes: Set<String> = [
        "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture", "InvalidSignatureException",
        "SignatureDoesNotMatch",
    ]

    /// Reads an IMF-fixdate (RFC 9110, section 5.6.7), such as `Sat, 21 Nov 2026 02:35:22 GMT`.
    package static func date(fromHTTP text: String) -> Date? {
        let fields = text.split(separator: " ")
        guard fields.count == 6, fields[5] == "GMT", let day = Int(fields[1]), let year = Int(fields[3]),
            let month = months.firstIndex(of: String(fields[2]))
        else { return nil }
        let time = fields[4].split(separator: ":").compactMap { Int($0) }
        guard time.count == 3, (0..<24).contains(time[0]), (0..<60).contains(time[1]), (0...60).contains(time[2]),
            (1...31).contains(day), (1970...9999).contains(year)
        else { return nil }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar.date(
            from: DateComponents(
                year: year, month: month + 1, day: day, hour: time[0], minute: time[1], second: time[2]))
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}
