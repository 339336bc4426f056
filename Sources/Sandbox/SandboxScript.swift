package import Foundation

/// The jobs that the sandbox begins with, each made to show one thing that can happen.
package enum SandboxScript {
    /// A conversion that runs for an hour and can be cancelled.
    package static let cancellableConversion = (project: "sandbox-orders", request: "conversion-running-1")
    /// A transfer job that runs for an hour and can be cancelled.
    package static let cancellableTransferJob = "transfer-factory-1"

    /// The conversions of `sandbox-orders` by request identifier, each with what becomes of it in a few words.
    package static var conversions: [(request: String, fate: String)] {
        orderScenes(.distantPast).filter { $0.kind == .conversion }.map { ($0.request, $0.fate) }
    }

    /// The transfer jobs by identifier, each with what becomes of it in a few words.
    package static var transferJobs: [(id: String, fate: String)] {
        transferJobs(.distantPast).map { ($0.id, $0.description) }
    }

    /// Sets the stage.
    ///
    /// - Parameter start: When the sandbox starts; the jobs' lives are laid out around it.
    /// - Returns: Two migration projects with conversions and creations, and transfer jobs of every state.
    package static func jobs(startingAt start: Date) -> SimulatedJobs {
        SimulatedJobs(
            projects: [orders, billing],
            conversions: orderConversions(start) + billingConversions(start),
            transferJobs: transferJobs(start))
    }

    private static let minute: TimeInterval = 60
    private static let hour: TimeInterval = 3_600

    private static let orders = MigrationProject(
        name: "sandbox-orders", description: "The order database, from Oracle to PostgreSQL")
    private static let billing = MigrationProject(
        name: "sandbox-billing", description: "The billing database, from Oracle to PostgreSQL")

    private static func orderConversions(_ start: Date) -> [SimulatedConversion] {
        orderScenes(start).map { scene in
            SimulatedConversion(
                kind: scene.kind, requestIdentifier: scene.request, projectARN: orders.arn, timeline: scene.timeline,
                failureMessage: "The connection to the source data provider was lost while SALES.ORDERS was converted.")
        }
    }

    private struct Scene {
        let request: String
        let fate: String
        let kind: SimulatedConversion.Kind
        let timeline: JobTimeline

        init(
            _ request: String, _ fate: String, _ timeline: JobTimeline, kind: SimulatedConversion.Kind = .conversion
        ) {
            self.request = request
            self.fate = fate
            self.kind = kind
            self.timeline = timeline
        }
    }

    private static func orderScenes(_ start: Date) -> [Scene] {
        let earlier = start - 2 * hour
        let recently = start - 5 * minute
        var cancelledEarlier = JobTimeline(receivedAt: earlier, worksFor: hour)
        _ = cancelledEarlier.cancel(at: earlier + 20 * minute)
        return [
            Scene("conversion-succeeded-1", "Succeeded", .init(receivedAt: earlier, worksFor: 40 * minute)),
            Scene(
                "conversion-failed-1", "Failed",
                .init(receivedAt: earlier, worksFor: 10 * minute, ending: .failure(afterShare: 0.42))),
            Scene("conversion-cancelled-1", "Cancelled", cancelledEarlier),
            Scene(
                cancellableConversion.request, "Runs for an hour, stops soon when cancelled",
                .init(receivedAt: start - 10 * minute, worksFor: 70 * minute)),
            Scene(
                "conversion-running-2", "Slow to stop when cancelled",
                .init(receivedAt: recently, worksFor: hour, cancelResponse: .stops(after: 20))),
            Scene(
                "conversion-stubborn-1", "Succeeds although it is cancelled",
                .init(receivedAt: recently, worksFor: hour, cancelResponse: .finishesAnyway(after: 5))),
            Scene(
                "conversion-denied-1", "Nobody may cancel it",
                .init(receivedAt: recently, worksFor: hour, cancelResponse: .denied)),
            Scene("conversion-short-1", "Soon succeeded", .init(receivedAt: start, waitsFor: 5, worksFor: 40)),
            Scene(
                "conversion-failing-1", "Soon failed",
                .init(receivedAt: start, waitsFor: 5, worksFor: 55, ending: .failure(afterShare: 0.65))),
            Scene(
                "conversion-queued-1", "Waits for hours", .init(receivedAt: start, waitsFor: 6 * hour, worksFor: hour)),
            Scene(
                "creation-running-1", "Runs for an hour", .init(receivedAt: start - minute, worksFor: hour),
                kind: .creation),
            Scene(
                "creation-succeeded-1", "Succeeded", .init(receivedAt: earlier, worksFor: 9 * minute), kind: .creation),
        ]
    }

    /// One running conversion after a month of nightly ones, which fill more than a page of the smallest size.
    private static func billingConversions(_ start: Date) -> [SimulatedConversion] {
        let nights = (1...30).map { night in
            SimulatedConversion(
                requestIdentifier: "conversion-nightly-\(night)", projectARN: billing.arn,
                timeline: .init(
                    receivedAt: start - Double(31 - night) * 24 * hour, worksFor: 30 * minute,
                    ending: night % 10 == 0 ? .failure(afterShare: 0.8) : .success),
                failureMessage: "The target data provider refused the connection.")
        }
        let running = SimulatedConversion(
            requestIdentifier: "conversion-running-3", projectARN: billing.arn,
            timeline: .init(receivedAt: start - 10 * minute, worksFor: 70 * minute), totalObjects: 310)
        return nights + [running]
    }

    private static func transferJobs(_ start: Date) -> [SimulatedTransferJob] {
        let bucket = TransferEndpoint.s3(location: "arn:aws:s3:::jobgate-sandbox-factory/metadata/factory.json")
        let archive = TransferEndpoint.s3(location: "arn:aws:s3:::jobgate-sandbox-archive/factory")
        let assets = TransferEndpoint.siteWise(assetModelID: "7a3f1c52-6f0e-4d5b-9d0a-2f6c1e8b4a90")
        let factory = TransferEndpoint.twinMaker(workspaceID: "sandbox-factory")
        let earlier = start - 3 * hour
        var cancelledEarlier = JobTimeline(receivedAt: earlier, waitsFor: 30, worksFor: hour)
        _ = cancelledEarlier.cancel(at: earlier + 15 * minute)

        func job(
            _ number: Int, _ description: String, _ source: TransferEndpoint, _ destination: TransferEndpoint,
            _ timeline: JobTimeline, validatesFor: TimeInterval = 10, queuedPosition: Int = 1, failedShare: Double = 0
        ) -> SimulatedTransferJob {
            SimulatedTransferJob(
                id: "transfer-factory-\(number)", description: description, source: source, destination: destination,
                timeline: timeline, validatesFor: validatesFor, queuedPosition: queuedPosition,
                failedShare: failedShare,
                failure: .init(code: "PROCESSING_ERROR", message: "Too many entities could not be written."))
        }
        return [
            job(
                1, "Runs for an hour, stops soon when cancelled", bucket, factory,
                .init(receivedAt: start - 10 * minute, waitsFor: 30, worksFor: 70 * minute)),
            job(
                2, "Slow to stop when cancelled", assets, factory,
                .init(
                    receivedAt: start - 5 * minute, waitsFor: 30, worksFor: hour, cancelResponse: .stops(after: 20))),
            job(
                3, "Third in the queue", bucket, factory,
                .init(receivedAt: start - minute, waitsFor: 6 * hour, worksFor: hour), queuedPosition: 3),
            job(
                4, "Long in validation", factory, archive,
                .init(receivedAt: start, waitsFor: hour, worksFor: hour), validatesFor: 50 * minute),
            job(
                5, "Completed", assets, archive,
                .init(receivedAt: earlier, waitsFor: 30, worksFor: 25 * minute)),
            job(
                6, "Failed half-way", bucket, factory,
                .init(receivedAt: earlier, waitsFor: 30, worksFor: 12 * minute, ending: .failure(afterShare: 0.5)),
                failedShare: 0.12),
            job(7, "Cancelled", factory, archive, cancelledEarlier),
            job(
                8, "Completes although it is cancelled", bucket, factory,
                .init(
                    receivedAt: start - 5 * minute, waitsFor: 30, worksFor: hour,
                    cancelResponse: .finishesAnyway(after: 5))),
            job(
                9, "Nobody may cancel it", bucket, factory,
                .init(receivedAt: start - 5 * minute, waitsFor: 30, worksFor: hour, cancelResponse: .denied)),
            job(
                10, "Soon completed", assets, factory, .init(receivedAt: start, waitsFor: 15, worksFor: 30),
                validatesFor: 5, queuedPosition: 2),
        ]
    }
}
