import AWSRuntime
import AWSServices
import Testing

@Suite("Decoding schema conversion requests")
struct SchemaConversionDecodingTests {
    static let arn = "arn:aws:dms:eu-west-1:123456789012:migration-project:ABC"

    @Test("every member of the model is read")
    func everyMember() throws {
        let request = try decode(
            SchemaConversionRequest.self,
            """
            {"Status":"IN_PROGRESS","RequestIdentifier":"r-1","MigrationProjectArn":"\(Self.arn)",
             "Error":{"defaultErrorDetails":{"Message":"went wrong"}},
             "ExportSqlDetails":{"S3ObjectKey":"key","ObjectURL":"https://bucket.example/key"},
             "Progress":{"ProgressPercent":12.5,"TotalObjects":8,"ProgressStep":"ANALYZING",
               "ProcessedObject":{"Name":"orders","Type":"table","EndpointType":"SOURCE"}}}
            """)
        #expect(request.status == "IN_PROGRESS")
        #expect(request.requestIdentifier == "r-1")
        #expect(request.migrationProjectArn == Self.arn)
        #expect(request.error == .defaultErrorDetails(message: "went wrong"))
        #expect(request.exportSqlDetails?.s3ObjectKey == "key")
        #expect(request.exportSqlDetails?.objectURL == "https://bucket.example/key")
        #expect(request.progress?.progressPercent == 12.5)
        #expect(request.progress?.totalObjects == 8)
        #expect(request.progress?.progressStep == "ANALYZING")
        #expect(request.progress?.processedObject?.name == "orders")
        #expect(request.progress?.processedObject?.type == "table")
        #expect(request.progress?.processedObject?.endpointType == "SOURCE")
    }

    @Test(
        "a missing or null member is nothing",
        arguments: [
            "{}",
            #"{"Status":null,"RequestIdentifier":null,"MigrationProjectArn":null,"Error":null,"ExportSqlDetails":null,"#
                + #""Progress":null}"#,
        ])
    func nothing(json: String) throws {
        #expect(try decode(SchemaConversionRequest.self, json) == SchemaConversionRequest())
    }

    @Test("a null member of a nested structure is nothing")
    func nestedNull() throws {
        let request = try decode(
            SchemaConversionRequest.self,
            """
            {"ExportSqlDetails":{"S3ObjectKey":null},
             "Progress":{"ProgressPercent":null,"TotalObjects":null,"ProgressStep":null,"ProcessedObject":null}}
            """)
        #expect(request.exportSqlDetails?.s3ObjectKey == nil)
        let progress = try #require(request.progress)
        #expect(progress.progressPercent == nil && progress.totalObjects == nil)
        #expect(progress.progressStep == nil && progress.processedObject == nil)
    }

    @Test("members that this program does not know are passed over")
    func unknownMembers() throws {
        let request = try decode(
            SchemaConversionRequest.self,
            #"{"New":{"a":[1]},"Status":"X","Progress":{"New":1,"TotalObjects":1},"ExportSqlDetails":{"New":[]}}"#)
        #expect(request.status == "X")
        #expect(request.progress?.totalObjects == 1)
    }

    @Test("states and steps that this program does not know are kept as they are", arguments: ["PAUSED", "", "ü"])
    func unknownValues(word: String) throws {
        let request = try decode(
            SchemaConversionRequest.self,
            #"{"Status":"\#(word)","Progress":{"ProgressStep":"\#(word)"}}"#)
        #expect(request.status == word)
        #expect(request.progress?.progressStep == word)
    }

    @Test(
        "the error union is its known member, else the name of the one that is set, else empty",
        arguments: [
            (#"{"defaultErrorDetails":{"Message":"m"}}"#, SchemaConversionError.defaultErrorDetails(message: "m")),
            (#"{"defaultErrorDetails":{}}"#, .defaultErrorDetails(message: nil)),
            (#"{"defaultErrorDetails":{"Message":null}}"#, .defaultErrorDetails(message: nil)),
            (#"{"defaultErrorDetails":{"Message":"m"},"other":null}"#, .defaultErrorDetails(message: "m")),
            (#"{"newErrorDetails":{"Message":"m"}}"#, .unknownMember("newErrorDetails")),
            (#"{"newErrorDetails":"text"}"#, .unknownMember("newErrorDetails")),
            (#"{"defaultErrorDetails":null,"newErrorDetails":{}}"#, .unknownMember("newErrorDetails")),
            (#"{"__type":"SchemaConversionError","newErrorDetails":{}}"#, .unknownMember("newErrorDetails")),
            (#"{"__type":"SchemaConversionError"}"#, .empty), (#"{"newErrorDetails":null}"#, .empty), ("{}", .empty),
        ])
    func errorUnion(json: String, error: SchemaConversionError) throws {
        #expect(try decode(SchemaConversionError.self, json) == error)
    }

    @Test(
        "a whole number is read in every spelling that JSON has for it",
        arguments: [
            ("12", 12), ("12.0", 12), ("1.2e1", 12), ("1.2E+1", 12), ("120e-1", 12), ("0", 0), ("-0", 0), ("-3", -3),
            ("9007199254740993", 9_007_199_254_740_993), ("9223372036854775807", .max),
            ("-9223372036854775808", .min),
        ])
    func wholeNumbers(text: String, number: Int) throws {
        let progress = try decode(
            SchemaConversionProgress.self,
            #"{"TotalObjects":\#(text)}"#)
        #expect(progress.totalObjects == number)
    }

    @Test(
        "a number that is not whole or too large for a count is refused",
        arguments: ["12.5", "1e-1", "9223372036854775808", "1e19", "-1e19", "1e999", "\"12\"", "true"])
    func notWhole(text: String) {
        #expect(throws: DecodingError.self) {
            try decode(SchemaConversionProgress.self, #"{"TotalObjects":\#(text)}"#)
        }
    }

    @Test(
        "a percentage is read in every spelling of a number",
        arguments: [("50", 50), ("50.0", 50), ("5e1", 50), ("0.125", 0.125), ("100", 100)])
    func percent(text: String, percent: Double) throws {
        #expect(
            try decode(SchemaConversionProgress.self, #"{"ProgressPercent":\#(text)}"#).progressPercent == percent)
    }

    @Test("a page has its requests and where the next one begins")
    func page() throws {
        let page = try decode(
            SchemaConversionPage.self,
            #"{"Requests":[{"RequestIdentifier":"a"},{"RequestIdentifier":"b"}],"Marker":"next"}"#)
        #expect(page.requests.map(\.requestIdentifier) == ["a", "b"])
        #expect(page.marker == "next")
    }

    @Test(
        "an empty page has requests or a marker, and nothing else",
        arguments: [
            (#"{"Requests":[]}"#, nil), (#"{"Requests":[],"Marker":null}"#, nil), (#"{"Marker":"next"}"#, "next"),
            (#"{"Requests":null,"Marker":"next"}"#, "next"), (#"{"Marker":""}"#, ""),
        ])
    func emptyPage(json: String, marker: String?) throws {
        let page = try decode(SchemaConversionPage.self, json)
        #expect(page.requests.isEmpty)
        #expect(page.marker == marker)
    }

    @Test(
        "a percentage that is no number says nothing", arguments: ["\"NaN\"", "\"Infinity\"", "\"-Infinity\"", "null"])
    func noPercent(text: String) throws {
        let progress = try decode(SchemaConversionProgress.self, #"{"ProgressPercent":\#(text),"TotalObjects":1}"#)
        #expect(progress.progressPercent == nil)
        #expect(progress.totalObjects == 1)
    }
}
