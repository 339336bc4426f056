/// GCRA as one atomic script of the store: the decision is that of ``GCRA``, the clock that of the store.
///
/// Its numbers are Lua's, doubles, which hold integers up to 2^53 exactly: nanoseconds since 1970 are above that. So
/// every time is a pair, seconds and the nanoseconds of a second, and the arithmetic is exact.
package enum GCRAScript {
    /// The script: one key, and the emission interval and the burst tolerance as pairs.
    ///
    /// The key holds the theoretical arrival time as `SECONDS:NANOSECONDS` and expires when that has passed. The answer
    /// is whether the request passes, and how far the arrival time was ahead before it, as a pair. A key that holds
    /// something else counts as none, and an arrival time too far off as a bucket that is just empty.
    package static let text = """
        local second = 1000000000
        local interval_s, interval_n = tonumber(ARGV[1]), tonumber(ARGV[2])
        local tolerance_s, tolerance_n = tonumber(ARGV[3]), tonumber(ARGV[4])
        local function add(s, n, other_s, other_n)
          s, n = s + other_s, n + other_n
          if n >= second then s, n = s + 1, n - second end
          return s, n
        end
        local function isMore(s, n, other_s, other_n)
          return s > other_s or (s == other_s and n > other_n)
        end
        local time = redis.call('TIME')
        local now_s, now_n = tonumber(time[1]), tonumber(time[2]) * 1000
        local ahead_s, ahead_n = 0, 0
        local held = redis.call('GET', KEYS[1])
        local held_s, held_n = string.match(held or '', '^(%d+):(%d+)$')
        local most_s, most_n = add(tolerance_s, tolerance_n, interval_s, interval_n)
        local isTooMuch = false
        if held_s then
          ahead_s, ahead_n = tonumber(held_s) - now_s, tonumber(held_n) - now_n
          if ahead_n < 0 then ahead_s, ahead_n = ahead_s - 1, ahead_n + second end
          if ahead_s < 0 then ahead_s, ahead_n = 0, 0 end
          isTooMuch = isMore(ahead_s, ahead_n, most_s, most_n)
          if isTooMuch then ahead_s, ahead_n = most_s, most_n end
        end
        local passes = not isMore(ahead_s, ahead_n, tolerance_s, tolerance_n)
        if passes or isTooMuch then
          local next_s, next_n = ahead_s, ahead_n
          if passes then next_s, next_n = add(ahead_s, ahead_n, interval_s, interval_n) end
          local arrival_s, arrival_n = add(now_s, now_n, next_s, next_n)
          local lifetime = next_s * 1000 + math.ceil(next_n / 1000000) + 1
          redis.call('SET', KEYS[1], string.format('%.0f:%.0f', arrival_s, arrival_n), 'PX', string.format('%.0f', lifetime))
        end
        return {passes and 1 or 0, ahead_s, ahead_n}
        """

    /// The script's arguments for a limit.
    package static func arguments(_ limit: RateLimit) -> [String] {
        [limit.emissionInterval, limit.emissionInterval * Int64(limit.burst - 1)].flatMap { nanoseconds in
            ["\(nanoseconds / nanosecondsInSecond)", "\(nanoseconds % nanosecondsInSecond)"]
        }
    }

    /// Reads the script's answer; `nil` when it is none.
    package static func decision(_ answer: RESPValue, limit: RateLimit) -> GCRA.Decision? {
        guard case .array(let parts) = answer, parts.count == 3, case .integer(let passes) = parts[0],
            case .integer(let seconds) = parts[1], case .integer(let nanoseconds) = parts[2],
            (0...longestDelay).contains(seconds), (0..<nanosecondsInSecond).contains(nanoseconds)
        else { return nil }
        // The script has decided by the same rule; what is left and when there is more follows from the same figures.
        let decision = GCRA.decide(limit, arrival: seconds * nanosecondsInSecond + nanoseconds, now: 0).0
        if case .allowed = decision { return passes == 1 ? decision : nil }
        return passes == 0 ? decision : nil
    }

    private static let nanosecondsInSecond: Int64 = 1_000_000_000
    /// A century in seconds: longer than a burst may take to refill.
    private static let longestDelay: Int64 = 3_155_760_000
}
