/// Why a call got no token.
package enum BudgetRefusal: Error, Sendable, Hashable {
    /// The wait would be, or has become, longer than the call may wait.
    ///
    /// A call of the same caller that waits as long and is sent after `retryAfter`, at least the time of one
    /// token, gets a token or a place in the queue, if no other call comes in between.
    case spent(retryAfter: Duration)
    /// The task was cancelled; it holds no token.
    case cancelled
}
