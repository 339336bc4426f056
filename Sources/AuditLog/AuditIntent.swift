import Synchronization

/// The intent of one cancel, whose row may come to stand in the trail later than anyone waited for it.
package final class AuditIntent: Sendable {
    private let seq = Mutex<Int64?>(nil)

    /// An intent without a row.
    package init() {}

    /// The number of its row; `nil` while there is none.
    package internal(set) var number: Int64? {
        get { seq.withLock { $0 } }
        set { seq.withLock { $0 = newValue } }
    }
}
