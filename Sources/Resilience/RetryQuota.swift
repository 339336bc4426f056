import Synchronization

/// A bucket of tokens that retries are paid from, so that a failing upstream is not asked ever more.
///
/// A retry is begun only if its cost can be paid; a success gives back what its last retry cost, or one token.
/// The figures are those of AWS's standard retry mode.
package struct RetryQuotaBucket: Sendable, Hashable {
    /// What the bucket holds when full.
    package let capacity: Int
    /// What it holds now.
    package private(set) var available: Int

    /// Creates a full bucket.
    package init(capacity: Int = 500) {
        self.capacity = capacity
        self.available = capacity
    }

    /// What a retry costs.
    package static func cost(of failure: RetryStrategy.Failure) -> Int {
        switch failure {
        case .transient: 14
        case .throttling: 5
        }
    }

    /// Pays for one retry.
    ///
    /// - Returns: What was paid, or `nil` when the bucket holds too little.
    package mutating func withdraw(for failure: RetryStrategy.Failure) -> Int? {
        let cost = Self.cost(of: failure)
        guard available >= cost else { return nil }
        available -= cost
        return cost
    }

    /// Gives back what the last retry of a call that succeeded cost; a call without retries gives one token.
    package mutating func deposit(lastCost: Int?) {
        available = min(capacity, available + (lastCost ?? 1))
    }
}

/// A ``RetryQuotaBucket`` shared by all calls of one client.
package final class RetryQuota: Sendable {
    private let bucket: Mutex<RetryQuotaBucket>

    /// Creates a full quota.
    package init(capacity: Int = 500) {
        bucket = Mutex(RetryQuotaBucket(capacity: capacity))
    }

    /// What is left.
    package var available: Int { bucket.withLock { $0.available } }

    /// Pays for one retry; `nil` when there is too little left.
    package func withdraw(for failure: RetryStrategy.Failure) -> Int? {
        bucket.withLock { $0.withdraw(for: failure) }
    }

    /// Gives back after a success.
    package func deposit(lastCost: Int?) {
        bucket.withLock { $0.deposit(lastCost: lastCost) }
    }
}
