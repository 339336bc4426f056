import AWSRuntime
import AWSServices
import Testing

@Suite("Decoding metadata transfer jobs")
struct MetadataTransferJobDecodingTests {
    @Test("every member that the gateway has a use for is read from a get's answer, the others are passed over")
    func everyMember() throws {
        let job = try decode(
            MetadataTransferJob.self,
            """
            {"metadataTransferJobId":"ab-1","arn":"arn:aws:iottwinmaker:eu-west-1:123456789012:metadata-transfer-job/ab-1",
             "description":"d","sources":[{"type":"s3","s3Configuration":{"location":"l"}}],
             "destination":{"type":"iottwinmaker","iotTwinMakerConfiguration":{"workspace":"w"}},
             "metadataTransferJobRole":"arn:aws:iam::123456789012:role/r","reportUrl":"https://report.example",
             "creationDateTime":1795251600,"updateDateTime":1795251600.25,
             "status":{"state":"ERROR","error":{"code":"VALIDATION_ERROR","message":"m"},"queuedPosition":3},
             "progress":{"totalCount":10,"succeededCount":4,"skippedCount":3,"failedCount":2}}
            """)
        #expect(job.metadataTransferJobId == "ab-1")
        #expect(job.arn == "arn:aws:iottwinmaker:eu-west-1:123456789012:metadata-transfer-job/ab-1")
        #expect(job.creationDateTime?.seconds == 1_795_251_600)
        #expect(job.updateDateTime?.seconds == 1_795_251_600.25)
        #expect(job.status.state == "ERROR")
        #expect(job.status.error == MetadataTransferJobError(code: "VALIDATION_ERROR", message: "m"))
        #expect(job.status.queuedPosition == 3)
        #expect(
            job.progress
                == MetadataTransferJobProgress(totalCount: 10, succeededCount: 4, skippedCount: 3, failedCount: 2))
    }

    @Test("a cancel's answer, which has no creation time, is read")
    func cancelAnswer() throws {
        let job = try decode(
            MetadataTransferJob.self,
            """
            {"metadataTransferJobId":"ab-1","arn":"a","updateDateTime":1.7952516E9,"status":{"state":"CANCELLING"},
             "progress":{}}
            """)
        #expect(job.creationDateTime == nil)
        #expect(job.updateDateTime?.seconds == 1_795_251_600)
        #expect(job.status.state == "CANCELLING")
        #expect(job.progress?.totalCount == nil)
    }

    @Test(
        "a missing or null member is nothing",
        arguments: [
            #"{"metadataTransferJobId":"ab-1","status":{}}"#,
            #"{"metadataTransferJobId":"ab-1","arn":null,"creationDateTime":null,"updateDateTime":null,"progress":null,"#
                + #""status":{"state":null,"error":null,"queuedPosition":null}}"#,
        ])
    func nothing(json: String) throws {
        let expected = MetadataTransferJob(
            metadataTransferJobId: "ab-1", status: MetadataTransferJobStatus(state: nil))
        #expect(try decode(MetadataTransferJob.self, json) == expected)
    }

    @Test("counts and positions are read in every spelling of a whole number", arguments: ["12", "12.0", "1.2e1"])
    func wholeNumbers(text: String) throws {
        let job = try decode(
            MetadataTransferJob.self,
            """
            {"metadataTransferJobId":"ab-1","status":{"queuedPosition":\(text)},
             "progress":{"totalCount":\(text),"succeededCount":\(text),"skippedCount":\(text),"failedCount":\(text)}}
            """)
        #expect(job.status.queuedPosition == 12)
        let counts = MetadataTransferJobProgress(totalCount: 12, succeededCount: 12, skippedCount: 12, failedCount: 12)
        #expect(job.progress == counts)
    }

    @Test("an error with a code that this program does not know is kept, also without a message")
    func unknownCode() throws {
        let error = try decode(
            MetadataTransferJobError.self,
            #"{"code":"NEW_ERROR","extra":1}"#)
        #expect(error == MetadataTransferJobError(code: "NEW_ERROR", message: nil))
    }
}
