import AWSServices
import Foundation
import GatewayCore
import Jobs
import Testing

/// The table of the one schema in the gateway's contract.
@Suite("Normalising jobs")
struct JobNormaliserTests {
    @Test("a conversion of which DMS says nothing has what was asked for, and nothing made up")
    func emptyConversion() throws {
        let job = try Sample.conversion(status: nil)
        #expect(job.id == "r-1")
        #expect(job.kind == .conversion)
        #expect(job.path == "/projects/orders/conversions/r-1")
        #expect(job.target == "default" && job.region == "eu-west-1")
        #expect(job.project == "orders")
        #expect(job.observedAt == 1_795_251_600)
        #expect(job.upstream.service == "dms" && job.upstream.requestID == "aws-1")
        #expect(job.arn == nil && job.upstreamState == nil && job.progress == nil && job.queuePosition == nil)
        #expect(job.error == nil && job.export == nil && job.createdAt == nil && job.updatedAt == nil)
    }

    @Test("a conversion's project is its ARN where DMS gives it, also when it was asked for by name")
    func projectARN() throws {
        #expect(try Sample.conversion { $0.migrationProjectArn = Sample.arn }.project == Sample.arn)
        #expect(try Sample.conversion(project: Sample.arn).project == Sample.arn)
    }

    @Test("a conversion's identifier is the one that DMS names")
    func conversionIdentifier() throws {
        #expect(try Sample.conversion { $0.requestIdentifier = "R-1" }.id == "R-1")
    }

    @Test("a conversion's progress has percent, total, step and object; the counts are nothing")
    func conversionProgress() throws {
        let json = """
            {"ProgressPercent":12.5,"TotalObjects":8,"ProgressStep":"ANALYZING",
             "ProcessedObject":{"Name":"orders","Type":"table","EndpointType":"SOURCE"}}
            """
        let progress = try #require(
            try Sample.conversion {
                $0.progress = try JSONDecoder().decode(SchemaConversionProgress.self, from: Data(json.utf8))
            }.progress)
        #expect(progress.percent == 12.5)
        #expect(progress.total == 8)
        #expect(progress.step == "ANALYZING")
        #expect(progress.object == Job.ProcessedObject(name: "orders", type: "table", endpoint: "SOURCE"))
        #expect(progress.succeeded == nil && progress.skipped == nil && progress.failed == nil)
    }

    @Test(
        "a conversion's error is the union's message, or the name of a member that this program does not know",
        arguments: [
            (SchemaConversionError.defaultErrorDetails(message: "m"), Job.Failure(code: nil, message: "m")),
            (.unknownMember("newDetails"), Job.Failure(code: "newDetails", message: nil)), (.empty, nil),
        ] as [(SchemaConversionError, Job.Failure?)])
    func conversionError(error: SchemaConversionError, failure: Job.Failure?) throws {
        #expect(try Sample.conversion { $0.error = error }.error == failure)
    }

    @Test(
        "a conversion's export is there when any part of it is",
        arguments: [
            (#"{"S3ObjectKey":"k","ObjectURL":"u"}"#, Job.Export(s3Key: "k", url: "u")),
            (#"{"S3ObjectKey":"k"}"#, Job.Export(s3Key: "k", url: nil)),
            (#"{"ObjectURL":"u"}"#, Job.Export(s3Key: nil, url: "u")), ("{}", nil),
        ] as [(String, Job.Export?)])
    func export(json: String, export: Job.Export?) throws {
        let details = try JSONDecoder().decode(ExportSqlDetails.self, from: Data(json.utf8))
        #expect(try Sample.conversion { $0.exportSqlDetails = details }.export == export)
    }

    @Test("a transfer job of which TwinMaker says little has nothing made up")
    func emptyTransferJob() throws {
        let job = try Sample.transferJob(state: nil)
        #expect(job.id == "ab-1")
        #expect(job.kind == .transfer)
        #expect(job.path == "/transfer-jobs/ab-1")
        #expect(job.upstream.service == "iottwinmaker")
        #expect(job.project == nil && job.arn == nil && job.upstreamState == nil && job.progress == nil)
        #expect(job.queuePosition == nil && job.error == nil && job.export == nil)
        #expect(job.createdAt == nil && job.updatedAt == nil)
    }

    @Test("a transfer job's ARN, times, queue position and error are TwinMaker's")
    func transferJob() throws {
        let job = try Sample.transferJob {
            $0.arn = "arn:aws:iottwinmaker:eu-west-1:123456789012:metadata-transfer-job/ab-1"
            $0.creationDateTime = EpochSeconds(1_795_251_600.25)
            $0.updateDateTime = EpochSeconds(1_795_251_601)
            $0.status.queuedPosition = 4
            $0.status.error = MetadataTransferJobError(code: "VALIDATION_ERROR", message: "m")
        }
        #expect(job.arn == "arn:aws:iottwinmaker:eu-west-1:123456789012:metadata-transfer-job/ab-1")
        #expect(job.createdAt == 1_795_251_600.25)
        #expect(job.updatedAt == 1_795_251_601)
        #expect(job.queuePosition == 4)
        #expect(job.error == Job.Failure(code: "VALIDATION_ERROR", message: "m"))
    }

    @Test("a transfer job's error without code and message is none")
    func emptyTransferError() throws {
        let job = try Sample.transferJob { $0.status.error = MetadataTransferJobError(code: nil, message: nil) }
        #expect(job.error == nil)
    }

    /// TwinMaker's counts and the percentage that they make.
    struct Counts: Sendable {
        let total: Int?
        let succeeded: Int?
        let skipped: Int?
        let failed: Int?
        let percent: Double?

        init(_ total: Int?, _ succeeded: Int?, _ skipped: Int?, _ failed: Int?, percent: Double?) {
            self.total = total
            self.succeeded = succeeded
            self.skipped = skipped
            self.failed = failed
            self.percent = percent
        }
    }

    @Test(
        "a transfer job's percentage is what was handled of the total, and nothing without a total",
        arguments: [
            Counts(10, 4, 3, 2, percent: 90), Counts(10, 0, 0, 0, percent: 0), Counts(10, nil, nil, nil, percent: 0),
            Counts(10, 10, 0, 0, percent: 100), Counts(8, 1, nil, nil, percent: 12.5), Counts(0, 0, 0, 0, percent: nil),
            Counts(0, 5, 0, 0, percent: nil), Counts(nil, 5, 1, 1, percent: nil), Counts(-4, 2, 0, 0, percent: nil),
            Counts(10, 20, 5, 5, percent: 100), Counts(10, -5, 0, 5, percent: 50), Counts(10, -5, -5, -5, percent: 0),
            Counts(.max, .max, .max, .max, percent: 100), Counts(1, .max, .max, .max, percent: 100),
            Counts(10, .min, .min, .min, percent: 0),
        ])
    func percent(row: Counts) throws {
        let progress = try #require(
            try Sample.transferJob {
                $0.progress = MetadataTransferJobProgress(
                    totalCount: row.total, succeededCount: row.succeeded, skippedCount: row.skipped,
                    failedCount: row.failed)
            }.progress)
        #expect(progress.percent == row.percent)
        #expect(progress.total == row.total && progress.succeeded == row.succeeded)
        #expect(progress.skipped == row.skipped && progress.failed == row.failed)
        #expect(progress.step == nil && progress.object == nil)
    }
}
