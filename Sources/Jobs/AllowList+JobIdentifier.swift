package import GatewayCore

extension AllowList {
    /// Refuses a job that the caller may not use.
    ///
    /// - Parameter job: Which job.
    /// - Throws: `resource-not-allowed`, which names the project or the transfer job.
    package func requireLeave(for job: JobIdentifier) throws(GatewayError) {
        switch job {
        case .conversion(let id):
            guard let obstacle = obstacle(toProject: id.project.text) else { return }
            throw GatewayError(
                .resourceNotAllowed, "The caller may not use the project `\(id.project.text)`.", hint: obstacle.hint)
        case .transferJob(let id):
            guard !transferJobs.allows(id.text) else { return }
            throw GatewayError(
                .resourceNotAllowed, "The caller may not use the transfer job `\(id.text)`.", hint: Self.hint)
        }
    }

    /// What to do about a resource that is left out.
    static let hint = "`GET /whoami` shows what the caller may use."
}

extension AllowList.ProjectObstacle {
    fileprivate var hint: String {
        switch self {
        case .leftOut: AllowList.hint + " A project is compared as the request gives it, by name or by ARN."
        case .unclearWithoutName:
            "Give the project by its name: some names are denied to the caller, and an ARN does not tell the name."
        case .unclearWithoutARN:
            "Give the project by its ARN: some ARNs are denied to the caller, and a name does not tell the ARN."
        case .alwaysUnclear:
            "Names and ARNs of projects are denied to the caller, and neither tells the other. Ask the gateway's operator."
        }
    }
}
