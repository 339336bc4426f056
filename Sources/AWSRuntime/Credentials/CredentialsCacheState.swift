package import Foundation
import Resilience
package import SigV4

/// What a ``CredentialsCache`` knows, and what it makes of it: a pure value, time is an argument.
///
/// Credentials are renewed in the background from 15 minutes before their expiry, and in the foreground from 10.
/// Shorter-lived ones are renewed from the half of their life, and in the foreground from the last quarter: with the
/// fixed windows every single request would fetch anew.
package struct CredentialsCacheState: Sendable {
    /// A moment on both clocks.
    package struct Moment: Sendable {
        /// The wall clock, as AWS's is; expiries are told by it.
        package let date: Date
        /// The clock that does not jump; pauses are told by it.
        package let instant: ContinuousClock.Instant

        /// Puts a moment together.
        package init(date: Date, instant: ContinuousClock.Instant) {
            self.date = date
            self.instant = instant
        }
    }

    /// A fetch's number; its result is reported with it.
    package typealias Fetch = UInt64

    /// What a request is to do; a fetch that it names is to be begun.
    package enum Decision: Sendable {
        /// Use these, beginning the fetch in the background where there is one to begin.
        case use(Credentials, begins: Fetch?)
        /// Wait for the fetch that is under way; with `patience`, only until then, for what is held may serve still.
        case wait(begins: Fetch?, patience: ContinuousClock.Instant?)
        /// There are none, and it is too soon to ask again.
        case fail(CredentialsError)
    }

    private var current: ResolvedCredentials?
    private var fetchedAt = Date.distantPast
    private var rereadAt: ContinuousClock.Instant?
    private var fetching: (number: Fetch, since: ContinuousClock.Instant)?
    private var fetchesBegun: Fetch = 0
    private var failure: CredentialsError?
    private var failures = 0
    /// Since when no fetch is to be begun for a while, and the share of the longest pause that the dice gave.
    private var pause: (since: ContinuousClock.Instant, share: Double)?
    private var droppedAt: ContinuousClock.Instant?

    /// How long a request waits in the foreground while the credentials it has are still good.
    package static let patience = Duration.seconds(2)
    /// After how long a fetch that should have ended long ago counts as lost.
    package static let longestFetch = CredentialsCache.fetchTimeout + .seconds(5)
    /// How long what AWS refuses is kept at least after other credentials were dropped.
    package static let dropInterval = Duration.seconds(5)
    private static let earlyWindow: TimeInterval = 15 * 60
    private static let lateWindow: TimeInterval = 10 * 60

    /// Knows of no credentials yet.
    package init() {}

    /// Decides what a request does; a fetch that is to be begun counts as begun.
    package mutating func decide(at now: Moment) -> Decision {
        giveUpLostFetch(at: now)
        guard let current, isUsable(current, at: now.date) else {
            if fetching != nil { return .wait(begins: nil, patience: nil) }
            if let failure, !mayTry(at: now) { return .fail(failure) }
            return .wait(begins: begin(at: now), patience: nil)
        }
        let isLate = isLate(current, at: now.date)
        if let fetching {
            let patience = fetching.since + Self.patience
            let isPressing = isLate && now.instant < patience
            return isPressing ? .wait(begins: nil, patience: patience) : .use(current.credentials, begins: nil)
        }
        let isDue = isEarly(current, at: now.date) || rereadAt.map { now.instant >= $0 } ?? false
        guard isDue, mayTry(at: now) else { return .use(current.credentials, begins: nil) }
        let fetch = begin(at: now)
        return isLate
            ? .wait(begins: fetch, patience: now.instant + Self.patience) : .use(current.credentials, begins: fetch)
    }

    /// Takes in what a fetch brought.
    ///
    /// - Returns: What those who waited for it are to have; `nil` when it had been given up as lost, and they wait on.
    package mutating func finish(
        _ fetch: Fetch, with result: Result<ResolvedCredentials, CredentialsError>, at now: Moment, jitter: Double
    ) -> Result<Credentials, CredentialsError>? {
        guard fetching?.number == fetch else { return nil }
        fetching = nil
        switch result {
        case .success(let resolved) where isOver(resolved, at: now.date):
            // Static stability: the place gives what it has, and asking it again at once would bring the same.
            if resolved.outlivesExpiration, !isBetter(than: resolved, at: now) { take(resolved, at: now) }
            fail(.failed(provider: resolved.source, reason: "the credentials it gave had expired"), at: now, jitter)
        case .success(let resolved):
            take(resolved, at: now)
            failure = nil
            failures = 0
            pause = nil
        case .failure(let error):
            fail(error, at: now, jitter)
        }
        return settled(at: now)
    }

    /// How things stand, for a look from outside.
    package func status(at now: Moment) -> CredentialsStatus {
        guard let current, isUsable(current, at: now.date) else {
            let isIdle = current != nil && failure == nil
            return CredentialsStatus(
                state: isIdle ? .idle : .none, source: isIdle ? current?.source : nil,
                expiration: isIdle ? current?.credentials.expiration : nil, failure: failure)
        }
        return CredentialsStatus(
            state: isOver(current, at: now.date) ? .expired : .ok, source: current.source,
            expiration: current.credentials.expiration, failure: failure)
    }

    /// Whether a fetch is under way.
    package var isFetching: Bool { fetching != nil }

    /// The credentials that are held and may be used; `nil` where there are none.
    package func held(at now: Moment) -> Credentials? {
        current.flatMap { isUsable($0, at: now.date) ? $0.credentials : nil }
    }

    /// What there is while no fetch is under way.
    package func settled(at now: Moment) -> Result<Credentials, CredentialsError> {
        if let held = held(at: now) { return .success(held) }
        return .failure(
            failure ?? .failed(provider: "cache", reason: "AWS refused the credentials as expired just now"))
    }

    /// Drops credentials that AWS refused as expired.
    ///
    /// - Returns: Whether asking again may give others.
    package mutating func invalidate(_ expired: Credentials, at now: Moment) -> Bool {
        guard let current, current.credentials == expired else { return true }
        // What does not expire and is never read again has nothing else to give.
        guard expired.expiration != nil || current.rereadAfter != nil else { return false }
        // Fetched anew just now and refused again, the same or not: a fetch on every refusal would be a storm.
        if let droppedAt, droppedAt.duration(to: now.instant) < Self.dropInterval { return false }
        droppedAt = now.instant
        self.current = nil
        pause = nil
        return true
    }
}

extension CredentialsCacheState {
    private mutating func begin(at now: Moment) -> Fetch {
        fetchesBegun += 1
        fetching = (fetchesBegun, now.instant)
        return fetchesBegun
    }

    private mutating func take(_ resolved: ResolvedCredentials, at now: Moment) {
        current = resolved
        fetchedAt = now.date
        rereadAt = resolved.rereadAfter.map { now.instant + $0 }
    }

    private mutating func fail(_ error: CredentialsError, at now: Moment, _ jitter: Double) {
        failure = error
        failures += 1
        pause = (now.instant, 0.5 + min(max(jitter, 0), 1) / 2)
    }

    /// A provider that does not keep its deadline must not keep the cache from ever fetching again.
    private mutating func giveUpLostFetch(at now: Moment) {
        guard let fetching, fetching.since.duration(to: now.instant) >= Self.longestFetch else { return }
        self.fetching = nil
        // The pause runs from the fetch's beginning: with nothing to serve, enough time has been lost.
        fail(
            .failed(provider: "cache", reason: "the fetch did not end in time"),
            at: Moment(date: now.date, instant: fetching.since), 1)
    }

    /// Whether the pause after a failure is over; how long it is depends on what there is to serve by now.
    private func mayTry(at now: Moment) -> Bool {
        guard let pause else { return true }
        let longest = min(longestPause(at: now), .milliseconds(500) * (1 << min(max(failures - 1, 0), 10)))
        return pause.since.duration(to: now.instant) >= longest * pause.share
    }

    /// Nobody waits for a renewal that comes early; with nothing to serve, seconds matter.
    private func longestPause(at now: Moment) -> Duration {
        guard let current, isUsable(current, at: now.date) else { return .seconds(3) }
        let remaining = remaining(current, at: now.date) ?? .infinity
        return .seconds(remaining > 0 ? min(30, max(1, remaining / 4)) : 30)
    }

    private func isOver(_ resolved: ResolvedCredentials, at date: Date) -> Bool {
        resolved.credentials.expiration.map { $0 <= date } ?? false
    }

    private func isUsable(_ resolved: ResolvedCredentials, at date: Date) -> Bool {
        !isOver(resolved, at: date) || resolved.outlivesExpiration
    }

    /// Whether what is held serves longer than what a fetch brought.
    private func isBetter(than resolved: ResolvedCredentials, at now: Moment) -> Bool {
        guard let held = held(at: now), let brought = resolved.credentials.expiration else { return false }
        return held.expiration.map { $0 > brought } ?? true
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
