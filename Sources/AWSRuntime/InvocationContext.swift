package import Resilience

/// What travels down with one call: by when, on whose behalf, and how urgent it is.
package struct InvocationContext: Sendable, Hashable {
    /// By when there is an answer or an error.
    package var deadline: Deadline
    /// Who asked the gateway, as CloudTrail is to name them; `nil` for the gateway itself.
    package var caller: String?
    /// Whether the call goes before others when the upstream budget is short.
    package var priority: BudgetPriority

    /// Describes a call.
    package init(deadline: Deadline, caller: String? = nil, priority: BudgetPriority = .ordinary) {
        self.deadline = deadline
        self.caller = caller
        self.priority = priority
    }
}
