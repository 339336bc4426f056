/// How often one caller may ask: `quota` requests in `window`, at most `burst` of them at once.
package struct RateLimit: Sendable, Hashable {
    /// The limit's name, as callers see it in `RateLimit-Policy`.
    package let name: String
    /// How many requests a window allows.
    package let quota: Int
    /// The window.
    package let window: Duration
    /// How many requests may come at once; the quota itself unless set lower or higher.
    package let burst: Int
    /// The nanoseconds between two requests of a caller that asks evenly.
    package let emissionInterval: Int64

    /// Creates a limit; `nil` when a figure is out of its range.
    ///
    /// - Parameters:
    ///   - name: 1 to 64 of `[A-Za-z0-9_-]`.
    ///   - quota: From 1 to 1,000,000,000.
    ///   - window: From a millisecond to 366 days.
    ///   - burst: From 1 to 1,000,000,000, and refilled within 50 years; the quota when left out.
    package init?(name: String, quota: Int, window: Duration, burst: Int? = nil) {
        let burst = burst ?? quota
        guard Self.isValid(name: name), (1...1_000_000_000).contains(quota), (1...1_000_000_000).contains(burst),
            window >= .milliseconds(1), window <= .seconds(86_400 * 366)
        else { return nil }
        self.name = name
        self.quota = quota
        self.window = window
        self.burst = burst
        emissionInterval = max(1, window.nanoseconds / Int64(quota))
        // So that no sum of GCRA's leaves 64 bits: 50 years are a sixth of what they hold.
        guard emissionInterval <= Self.longestRefill / Int64(burst) else { return nil }
    }

    /// One instance's share of the limit when `replicas` instances count each for itself: quota and burst divided by
    /// their number and rounded down, but at least 1.
    package func share(of replicas: Int) -> RateLimit {
        let quota = max(1, quota / max(1, replicas))
        let interval = max(1, window.nanoseconds / Int64(quota))
        // A quota that cannot be divided further takes longer to refill a burst than the whole limit does.
        let refillable = Int(Self.longestRefill / interval)
        let burst = min(max(1, burst / max(1, replicas)), refillable)
        return RateLimit(name: name, quota: quota, window: window, burst: burst) ?? self
    }

    private static let longestRefill: Int64 = 50 * 366 * 86_400 * 1_000_000_000

    /// Whether `name` can stand in a configuration, a key file and a header.
    package static func isValid(name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 64
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

extension Duration {
    /// The whole nanoseconds of the duration, capped at `Int64.max`.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, overflowed) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflowed ? .max : sum
    }
}
