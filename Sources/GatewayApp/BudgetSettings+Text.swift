package import Resilience

extension BudgetSettings {
    /// Reads a budget as the configuration writes it: `RATE/WINDOW` or `RATE/WINDOW:BURST`, for example `8/s:200` or
    /// `30/m`; without a burst it is the calls of one second, at least 1.
    package init?(text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let figures = parts[0].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard figures.count == 2, let count = Self.count(figures[0]) else { return nil }
        // `8/s` is short for `8/1s`.
        let window = figures[1].first?.isNumber == true ? String(figures[1]) : "1\(figures[1])"
        guard let duration = DurationText.parse(window), duration > .zero else { return nil }
        let rate = Double(count) / (duration / .seconds(1))
        guard (0.001...1_000_000).contains(rate) else { return nil }
        guard parts.count == 2 else {
            self.init(burst: max(1, Int(rate.rounded(.up))), refillPerSecond: rate)
            return
        }
        guard let burst = Self.count(parts[1]), burst <= 1_000_000 else { return nil }
        self.init(burst: burst, refillPerSecond: rate)
    }

    private static func count(_ text: Substring) -> Int? {
        guard (1...7).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let count = Int(text),
            count >= 1
        else { return nil }
        return count
    }
}
