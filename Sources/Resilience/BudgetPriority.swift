/// How much work matters: urgent work takes its token before all ordinary work.
package enum BudgetPriority: Int, Sendable, Comparable {
    /// Work that can come later, as reading does.
    case ordinary
    /// Work that must not wait for ordinary work, as a cancellation.
    case urgent

    /// Whether one matters less than the other.
    package static func < (left: BudgetPriority, right: BudgetPriority) -> Bool { left.rawValue < right.rawValue }
}
