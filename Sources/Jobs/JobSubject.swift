package import GatewayCore

/// What a request is about: which job, in which target, and who asks.
package struct JobSubject: Sendable {
    /// Which job.
    package let job: JobIdentifier
    /// The target that was chosen.
    package let target: Target
    /// Who asks.
    package let caller: Caller
    let jobs: TargetJobs

    init(_ job: JobIdentifier, in jobs: TargetJobs, caller: Caller) {
        self.job = job
        self.target = jobs.target
        self.caller = caller
        self.jobs = jobs
    }
}
