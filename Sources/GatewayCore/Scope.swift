/// What a caller may do: one permission, as it is written in a key file.
package enum Scope: String, Sendable, Hashable, CaseIterable {
    /// Cancel metadata model conversions.
    case conversionsCancel = "conversions:cancel"
    /// Read metadata model conversions.
    case conversionsRead = "conversions:read"
    /// Cancel metadata transfer jobs.
    case transferJobsCancel = "transfer-jobs:cancel"
    /// Read metadata transfer jobs.
    case transferJobsRead = "transfer-jobs:read"
    /// Read the audit trail.
    case auditRead = "audit:read"
}

extension Scope: CustomStringConvertible {
    /// The scope as it is written, for example `conversions:cancel`.
    package var description: String { rawValue }
}
