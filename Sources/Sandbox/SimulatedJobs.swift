package import Foundation

/// All that the simulated account holds: projects, conversions, creations and transfer jobs.
///
/// A value without a clock: every question and every cancel says what time it is.
package struct SimulatedJobs: Sendable, Hashable {
    /// The migration projects, in the order in which they are listed.
    package let projects: [MigrationProject]
    private var conversions: [SimulatedConversion]
    private var transferJobs: [SimulatedTransferJob]

    /// Takes what exists at the beginning.
    ///
    /// - Parameters:
    ///   - projects: The migration projects.
    ///   - conversions: Conversions and creations of these projects.
    ///   - transferJobs: Transfer jobs.
    package init(projects: [MigrationProject], conversions: [SimulatedConversion], transferJobs: [SimulatedTransferJob])
    {
        self.projects = projects
        self.conversions = conversions
        self.transferJobs = transferJobs
    }

    /// Lists the conversions or creations of a project, oldest first.
    ///
    /// - Parameters:
    ///   - kind: Conversions or creations.
    ///   - project: The project's name or ARN.
    ///   - now: The moment that is asked about.
    /// - Returns: Each as DMS describes it.
    /// - Throws: `notFound` when there is no such project.
    package func requests(
        _ kind: SimulatedConversion.Kind, ofProject project: String, at now: Date
    ) throws(SimulatedFault) -> [SchemaConversionRequest] {
        let arn = try self.project(named: project).arn
        return conversions.filter { $0.kind == kind && $0.projectARN == arn }.map { $0.described(at: now) }
    }

    /// Cancels a conversion or creation.
    ///
    /// - Parameters:
    ///   - kind: Conversion or creation.
    ///   - request: Its identifier.
    ///   - project: The project's name or ARN.
    ///   - now: The moment of the cancel.
    /// - Returns: The request as DMS describes it afterwards.
    /// - Throws: `notFound`, `wrongState` when it is cancelling or over, `denied`.
    package mutating func cancel(
        _ kind: SimulatedConversion.Kind, _ request: String, ofProject project: String, at now: Date
    ) throws(SimulatedFault) -> SchemaConversionRequest {
        let arn = try self.project(named: project).arn
        let index = conversions.firstIndex {
            $0.kind == kind && $0.projectARN == arn && $0.requestIdentifier == request
        }
        guard let index else {
            throw .notFound("Request '\(request)' was not found in migration project '\(arn)'.")
        }
        switch conversions[index].cancel(at: now) {
        case .accepted:
            return conversions[index].described(at: now)
        case .wrongState:
            let status = conversions[index].described(at: now).status.rawValue
            throw .wrongState("Request '\(request)' is in state \(status) and cannot be cancelled.")
        case .denied:
            let family = kind == .conversion ? "Conversion" : "Creation"
            throw .denied(action: "dms:CancelMetadataModel\(family)", resource: arn)
        }
    }

    /// Starts a conversion that waits five seconds and works for five minutes.
    ///
    /// - Parameters:
    ///   - project: The project's name or ARN.
    ///   - identifier: The new request's identifier, unique.
    ///   - now: The moment of its beginning.
    /// - Throws: `notFound` when there is no such project.
    package mutating func startConversion(
        ofProject project: String, identifier: String, at now: Date
    ) throws(SimulatedFault) {
        let arn = try self.project(named: project).arn
        conversions.append(
            SimulatedConversion(
                requestIdentifier: identifier, projectARN: arn,
                timeline: JobTimeline(receivedAt: now, waitsFor: 5, worksFor: 300)))
    }

    /// Lists all transfer jobs, oldest first.
    ///
    /// - Parameter now: The moment that is asked about.
    /// - Returns: Each as it was set up, with what TwinMaker says of it.
    package func allTransferJobs(at now: Date) -> [(job: SimulatedTransferJob, description: TransferJobDescription)] {
        transferJobs.map { ($0, $0.described(at: now)) }
    }

    /// Describes one transfer job.
    ///
    /// - Parameters:
    ///   - id: Its identifier.
    ///   - now: The moment that is asked about.
    /// - Returns: What TwinMaker says of it.
    /// - Throws: `notFound`.
    package func transferJob(_ id: String, at now: Date) throws(SimulatedFault) -> TransferJobDescription {
        guard let job = transferJobs.first(where: { $0.id == id }) else { throw Self.noTransferJob(id) }
        return job.described(at: now)
    }

    /// Cancels a transfer job.
    ///
    /// - Parameters:
    ///   - id: Its identifier.
    ///   - now: The moment of the cancel.
    /// - Returns: What TwinMaker says of it afterwards.
    /// - Throws: `notFound`, `wrongState` when it is cancelling or over, `denied`.
    package mutating func cancelTransferJob(_ id: String, at now: Date) throws(SimulatedFault) -> TransferJobDescription
    {
        guard let index = transferJobs.firstIndex(where: { $0.id == id }) else { throw Self.noTransferJob(id) }
        switch transferJobs[index].cancel(at: now) {
        case .accepted:
            return transferJobs[index].described(at: now)
        case .wrongState:
            let state = transferJobs[index].described(at: now).status.state.rawValue
            throw .wrongState("The metadata transfer job \(id) is in state \(state) and cannot be cancelled.")
        case .denied:
            throw .denied(
                action: "iottwinmaker:CancelMetadataTransferJob",
                resource: transferJobs[index].described(at: now).arn)
        }
    }

    private func project(named identifier: String) throws(SimulatedFault) -> MigrationProject {
        guard let project = projects.first(where: { $0.isNamed(identifier) }) else {
            throw .notFound("Migration project '\(identifier)' was not found.")
        }
        return project
    }

    private static func noTransferJob(_ id: String) -> SimulatedFault {
        .notFound("The metadata transfer job \(id) was not found.")
    }
}
