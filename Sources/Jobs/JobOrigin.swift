package import GatewayCore

/// What the normaliser must know besides AWS's answer: who asked whom for what, and when.
package struct JobOrigin: Sendable, Hashable {
    /// The job's path on this gateway.
    package let path: String
    /// The configured target's name.
    package let target: String
    /// The AWS region.
    package let region: String
    /// When the answer was read, in seconds since 1970-01-01T00:00:00Z.
    package let observedAt: Double
    /// The call that was answered.
    package let upstream: Job.UpstreamCall

    /// Creates an origin.
    package init(path: String, target: String, region: String, observedAt: Double, upstream: Job.UpstreamCall) {
        self.path = path
        self.target = target
        self.region = region
        self.observedAt = observedAt
        self.upstream = upstream
    }
}

extension Job.State {
    /// Reads the state words of both services; either spelling of "cancelled" is taken from both.
    package init(upstream: String?) {
        switch upstream {
        case "RECEIVED", "VALIDATING", "PENDING": self = .queued
        case "IN_PROGRESS", "RUNNING": self = .running
        case "CANCELING", "CANCELLING": self = .cancelling
        case "CANCELED", "CANCELLED": self = .cancelled
        case "SUCCESS", "COMPLETED": self = .succeeded
        case "FAILED", "ERROR": self = .failed
        default: self = .unknown
        }
    }
}
