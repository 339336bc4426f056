import Foundation
import Resilience
import SigV4

/// What a ``CredentialsCache`` knows, and what it makes of it: a pure value, time is an argument.
///
/// Credentials are renewed in the background from 15 minutes before their expiry, and in the foreground from 10.
/// Shorter-lived ones are renewed from the half of their life, and in the foreground from the last quarter: with the
/// fixed windows every single request would fetch anew.
struct CredentialsCacheState {
    /// A moment on both clocks.
    struct Moment {
        /// The wall clock, as AWS's is; expiries are told by it.
        let date: Date
        /// The clock that does not jump; pauses are told by it.
        let instant: ContinuousClock.Instant
    }

    /// What a request is to do.
    enum Decision {
        /// Use these; where `refreshes` is set, begin a fetch in the background.
        case use(Credentials, refreshes: Bool)
        /// Wait for the fetch, beginning it where `starts` is set; should that take too long, `fallback` serves.
        case wait(starts: Bool, fallback: Credentials?)
        /// There are none, and it is too soon to ask again.
        case fail(CredentialsError)
    }

    private(set) var current: ResolvedCredentials?
    private var fetchedAt = Date.distantPast
    private var rereadAt: ContinuousClock.Instant?
    private var fetchingSince: ContinuousClock.Instant?
    private var failure: CredentialsError?
    private var failures = 0
    private var nextTry: ContinuousClock.Instant?
    private var refused: (credentials: Credentials, at: ContinuousClock.Instant)?

    /// How long a request waits in the foreground while the credentials it has are still good.
    static let patience = Duration.seconds(2)
    private static let earlyWindow: TimeInterval = 15 * 60
    private static let lateWindow: TimeInterval = 10 * 60

    /// Decides what a request does; a fetch that is to be begun counts as begun.
    mutating func decide(at now: Moment) -> Decision {
        let mayTry = nextTry.map { now.instant >= $0 } ?? true
        guard let current, isUsable(current, at: now.date) else {
            if fetchingSince != nil { return .wait(starts: false, fallback: nil) }
            if !mayTry, let failure { return .fail(failure) }
            fetchingSince = now.instant
            return .wait(starts: true, fallback: nil)
        }
        let credentials = current.credentials
        if let fetchingSince {
            let isPressing = isLate(current, at: now.date) && fetchingSince.duration(to: now.instant) < Self.patience
            return isPressing ? .wait(starts: false, fallback: credentials) : .use(credentials, refreshes: false)
        }
        let isDue = isEarly(current, at: now.date) || rereadAt.map { now.instant >= $0 } ?? false
        guard isDue, mayTry else { return .use(credentials, refreshes: false) }
        fetchingSince = now.instant
        return isLate(current, at: now.date)
            ? .wait(starts: true, fallback: credentials) : .use(credentials, refreshes: true)
    }

    /// Takes in what a fetch brought.
    ///
    /// - Returns: What those who waited for it are to have.
    mutating func finish(
        _ result: Result<ResolvedCredentials, CredentialsError>, at now: Moment, jitter: Double
    ) -> Result<Credentials, CredentialsError> {
        fetchingSince = nil
        switch result {
        case .success(let resolved) where !isUsable(resolved, at: now.date):
            fail(.failed(provider: resolved.source, reason: "the credentials it gave had expired"), at: now, jitter)
        case .success(let resolved):
            current = resolved
            fetchedAt = now.date
            rereadAt = resolved.rereadAfter.map { now.instant + $0 }
            failure = nil
            failures = 0
            nextTry = nil
        case .failure(let error):
            fail(error, at: now, jitter)
        }
        return settled(at: now)
    }

    /// How things stand, for a look from outside.
    func status(at now: Moment) -> CredentialsStatus {
        guard let current, isUsable(current, at: now.date) else {
            return CredentialsStatus(state: .none, source: nil, expiration: nil, failure: failure)
        }
        let expiration = current.credentials.expiration
        let isOver = expiration.map { $0 <= now.date } ?? false
        return CredentialsStatus(
            state: isOver ? .expired : .ok, source: current.source, expiration: expiration, failure: failure)
    }

    /// Whether a fetch is under way.
    var isFetching: Bool { fetchingSince != nil }

    /// What there is while no fetch is under way.
    func settled(at now: Moment) -> Result<Credentials, CredentialsError> {
        if let current, isUsable(current, at: now.date) { return .success(current.credentials) }
        return .failure(
            failure ?? .failed(provider: "cache", reason: "AWS refused the credentials as expired just now"))
    }

    /// Drops credentials that AWS refused as expired.
    ///
    /// - Returns: Whether asking again may give others.
    mutating func invalidate(_ expired: Credentials, at now: Moment) -> Bool {
        guard let current, current.credentials == expired else { return true }
        // What does not expire and is never read again has nothing else to give.
        guard expired.expiration != nil || current.rereadAfter != nil else { return false }
        // Fetched anew and still the same: the place has no others yet, and asking on every refusal would be a storm.
        if let refused, refused.credentials == expired, refused.at.duration(to: now.instant) < .seconds(5) {
            return false
        }
        refused = (expired, now.instant)
        self.current = nil
        nextTry = nil
        return true
    }

    private mutating func fail(_ error: CredentialsError, at now: Moment, _ jitter: Double) {
        failure = error
        failures += 1
        // Nobody waits for a renewal that comes early; with nothing to serve, seconds matter.
        var ceiling = Duration.seconds(3)
        if let current, isUsable(current, at: now.date) {
            let remaining = remaining(current, at: now.date) ?? .infinity
            ceiling = .seconds(remaining > 0 ? min(30, max(1, remaining / 4)) : 30)
        }
        let pause = min(ceiling, .milliseconds(500) * (1 << min(failures - 1, 10)))
        nextTry = now.instant + pause * (0.5 + min(max(jitter, 0), 1) / 2)
    }

    private func isUsable(_ resolved: ResolvedCredentials, at date: Date) -> Bool {
        guard let expiration = resolved.credentials.expiration else { return true }
        return expiration > date || resolved.outlivesExpiration
    }

    private func isEarly(_ resolved: ResolvedCredentials, at date: Date) -> Bool {
        remaining(resolved, at: date).map { $0 < min(Self.earlyWindow, life(resolved) / 2) } ?? false
    }

    /// After a failure the renewal goes on in the background: waiting for it has been of no use.
    private func isLate(_ resolved: ResolvedCredentials, at date: Date) -> Bool {
        guard failures == 0 else { return false }
        return remaining(resolved, at: date).map { $0 < min(Self.lateWindow, life(resolved) / 4) } ?? false
    }

    private func remaining(_ resolved: ResolvedCredentials, at date: Date) -> TimeInterval? {
        resolved.credentials.expiration?.timeIntervalSince(date)
    }

    private func life(_ resolved: ResolvedCredentials) -> TimeInterval {
        max(0, resolved.credentials.expiration?.timeIntervalSince(fetchedAt) ?? .infinity)
    }
}
