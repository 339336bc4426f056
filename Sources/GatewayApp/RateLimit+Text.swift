package import RateLimiting

extension RateLimit {
    /// Reads a limit as the configuration writes it: `NAME=QUOTA/WINDOW` or `NAME=QUOTA/WINDOW:BURST`, for example
    /// `batch=600/60s:100`.
    package init?(text: String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let figures = parts[1].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard figures.count == 2, let quota = Self.count(figures[0]) else { return nil }
        let rest = figures[1].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let window = DurationText.parse(String(rest[0])) else { return nil }
        var burst: Int?
        if rest.count == 2 {
            guard let count = Self.count(rest[1]) else { return nil }
            burst = count
        }
        self.init(name: String(parts[0]), quota: quota, window: window, burst: burst)
    }

    private static func count(_ text: Substring) -> Int? {
        guard (1...10).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }
}
