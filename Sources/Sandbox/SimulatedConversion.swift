package import Foundation

/// A metadata model conversion or creation of a simulated migration project.
package struct SimulatedConversion: Sendable, Hashable {
    /// Which of the two families of DMS operations knows the request.
    package enum Kind: Sendable, Hashable {
        /// Made by StartMetadataModelConversion.
        case conversion
        /// Made by StartMetadataModelCreation.
        case creation
    }

    /// The family of operations that knows it.
    package let kind: Kind
    /// Its identifier, unique within its project and kind.
    package let requestIdentifier: String
    /// The ARN of its project.
    package let projectARN: String
    /// Its life.
    package private(set) var timeline: JobTimeline

    private let totalObjects: Int
    private let failureMessage: String

    /// Describes a request that exists from `timeline.receivedAt` on.
    ///
    /// - Parameters:
    ///   - kind: The family of operations that knows it.
    ///   - requestIdentifier: Its identifier.
    ///   - projectARN: The ARN of its project.
    ///   - timeline: Its life.
    ///   - totalObjects: How many database objects it has to do.
    ///   - failureMessage: What DMS says of it when its life ends in failure.
    package init(
        kind: Kind = .conversion, requestIdentifier: String, projectARN: String, timeline: JobTimeline,
        totalObjects: Int = 1_240,
        failureMessage: String = "The schema conversion stopped because of an internal error."
    ) {
        self.kind = kind
        self.requestIdentifier = requestIdentifier
        self.projectARN = projectARN
        self.timeline = timeline
        self.totalObjects = totalObjects
        self.failureMessage = failureMessage
    }

    /// Tells the request to stop.
    ///
    /// - Parameter now: The moment of the cancel.
    /// - Returns: Whether it took it.
    package mutating func cancel(at now: Date) -> JobTimeline.CancelDecision {
        timeline.cancel(at: now)
    }

    /// What DMS says of the request at a moment.
    package func described(at now: Date) -> SchemaConversionRequest {
        let phase = timeline.phase(at: now)
        return SchemaConversionRequest(
            status: SchemaConversionRequest.Status(phase),
            requestIdentifier: requestIdentifier,
            migrationProjectARN: projectARN,
            error: error(in: phase),
            exportSqlDetails: exportSqlDetails(in: phase),
            progress: progress(in: phase)
        )
    }

    private func error(in phase: JobTimeline.Phase) -> SchemaConversionRequest.ErrorDetails? {
        guard case .failed = phase else { return nil }
        return .init(defaultErrorDetails: .init(message: failureMessage))
    }

    private func exportSqlDetails(in phase: JobTimeline.Phase) -> SchemaConversionRequest.ExportSqlDetails? {
        guard case .succeeded = phase, kind == .conversion else { return nil }
        let key = "exports/\(requestIdentifier)/converted.sql"
        return .init(
            objectKey: key,
            objectURL: "https://jobgate-sandbox-exports.s3.\(SimulatedAWS.region).amazonaws.com/\(key)")
    }

    private func progress(in phase: JobTimeline.Phase) -> SchemaConversionRequest.Progress? {
        if case .waiting = phase { return nil }
        // Cancelled while it waited: it never began, and so has nothing to report.
        if phase.done == 0, timeline.cancelledAt != nil { return nil }
        let step = ConversionStep.at(phase.done)
        guard step.name != ConversionStep.finished.name else {
            return .init(percent: 100, totalObjects: totalObjects, step: step.name, processedObject: nil)
        }
        let share = (phase.done - step.begins) / (step.ends - step.begins)
        let object = ConversionStep.objects[Int(phase.done * Double(totalObjects)) % ConversionStep.objects.count]
        return .init(
            percent: (share * 1_000).rounded() / 10,
            totalObjects: step.knowsTotal ? totalObjects : nil,
            step: step.name,
            processedObject: .init(name: object.name, type: object.type, endpointType: step.endpointType)
        )
    }
}

extension SchemaConversionRequest.Status {
    /// DMS's word for a phase.
    package init(_ phase: JobTimeline.Phase) {
        self =
            switch phase {
            case .waiting: .received
            case .working: .inProgress
            case .cancelling: .canceling
            case .succeeded: .success
            case .failed: .failed
            case .cancelled: .canceled
            }
    }
}

/// A stretch of a conversion's work, with the name that DMS gives it in `ProgressStep`.
private struct ConversionStep {
    let name: String
    let begins: Double
    let ends: Double
    let endpointType: String
    let knowsTotal: Bool

    static let finished = ConversionStep(
        name: "FINISHED", begins: 1, ends: 1, endpointType: "TARGET", knowsTotal: true)

    static let all = [
        ConversionStep(name: "LOADING_METADATA", begins: 0, ends: 0.04, endpointType: "SOURCE", knowsTotal: false),
        ConversionStep(name: "COUNTING_OBJECTS", begins: 0.04, ends: 0.06, endpointType: "SOURCE", knowsTotal: false),
        ConversionStep(name: "ANALYZING", begins: 0.06, ends: 0.1, endpointType: "SOURCE", knowsTotal: true),
        ConversionStep(name: "CONVERTING", begins: 0.1, ends: 0.9, endpointType: "SOURCE", knowsTotal: true),
        ConversionStep(name: "APPLYING", begins: 0.9, ends: 1, endpointType: "TARGET", knowsTotal: true),
    ]

    static let objects: [(name: String, type: String)] = [
        ("SALES.ORDERS", "table"), ("SALES.ORDER_LINES", "table"), ("SALES.OPEN_ORDERS", "view"),
        ("SALES.CLOSE_ORDER", "procedure"), ("SALES.ORDER_TOTAL", "function"), ("SALES.ORDERS_AUDIT", "trigger"),
        ("SALES.ORDER_NUMBERS", "sequence"),
    ]

    static func at(_ done: Double) -> ConversionStep {
        all.first { done < $0.ends } ?? finished
    }
}
