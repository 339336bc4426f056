import GatewayAPITestSupport
import GatewayApp
import Testing

@Suite("The doctor's report")
struct DoctorReportTests {
    private static let checks = [
        DoctorCheck(target: nil, name: "signature", .ok, "signs well"),
        DoctorCheck(target: "prod-eu", name: "credentials", .fail, "none", hint: "Give some."),
        DoctorCheck(target: "eu", name: "clock", .warn, "30 s off", hint: "Set it."),
        DoctorCheck(target: "eu", name: "dms-read", .skip, "no credentials"),
    ]

    @Test("as a table has a line for each check, in columns, and what to do below it")
    func table() {
        #expect(
            DoctorReport(checks: Self.checks).table == """
                ok    -        signature    signs well
                fail  prod-eu  credentials  none
                                            -> Give some.
                warn  eu       clock        30 s off
                                            -> Set it.
                skip  eu       dms-read     no credentials

                """)
    }

    @Test("keeps each check on its line, whatever others wrote")
    func oneLine() {
        let check = DoctorCheck(target: nil, name: "x", .fail, "a\nb\u{1B}[2Jc\u{202E}d", hint: "e\r\nf")
        #expect(DoctorReport(checks: [check]).table == "fail  -  x  a b [2Jc d\n            -> e  f\n")
    }

    @Test("as JSON has every member of every check, and the worst of them as the whole's")
    func json() throws {
        let expected = """
            {"status":"fail","checks":[
              {"target":null,"check":"signature","status":"ok","detail":"signs well","hint":null},
              {"target":"prod-eu","check":"credentials","status":"fail","detail":"none","hint":"Give some."},
              {"target":"eu","check":"clock","status":"warn","detail":"30 s off","hint":"Set it."},
              {"target":"eu","check":"dms-read","status":"skip","detail":"no credentials","hint":null}]}
            """
        #expect(try JSON(text: DoctorReport(checks: Self.checks).json()) == JSON(text: expected))
    }

    @Test(
        "is as bad as the worst check; what was skipped says nothing",
        arguments: [
            ([], .ok), ([.ok], .ok), ([.ok, .skip], .ok), ([.skip], .ok), ([.warn, .ok], .warn),
            ([.warn, .fail, .skip], .fail), ([.fail, .warn], .fail),
        ] as [([DoctorCheck.Status], DoctorCheck.Status)])
    func status(statuses: [DoctorCheck.Status], worst: DoctorCheck.Status) {
        let checks = statuses.map { DoctorCheck(target: nil, name: "x", $0, "y") }
        #expect(DoctorReport(checks: checks).status == worst)
    }

    @Test("knows whether the program itself is to be trusted")
    func signsWell() {
        #expect(DoctorReport(checks: Self.checks).signsWell)
        #expect(!DoctorReport(checks: [DoctorCheck(target: nil, name: "signature", .fail, "x", hint: "y")]).signsWell)
    }
}

@Suite("jobgate check --json")
struct ConfigurationReportTests {
    @Test("tells each target's place and identity, null for what is not known, and the warnings")
    func targets() throws {
        var configuration = GatewayConfiguration()
        var eu = GatewayConfiguration.Target(name: "prod-eu")
        eu.region = "eu-central-1"
        eu.roleARN = "arn:aws:iam::123456789012:role/jobgate"
        eu.databaseMigrationEndpoint = "http://127.0.0.1:9000/base/"
        eu.securityTokenEndpoint = "https://[::1]:8443"
        var other = GatewayConfiguration.Target(name: "other")
        other.region = "eu-west-3"
        configuration.targets = [eu, other]
        let report = try ConfigurationReport.json(AWSTarget.resolveAll(configuration, environment: [:]))
        let expected = """
            {"targets":[
              {"name":"prod-eu","region":"eu-central-1","account":"123456789012",
               "roleArn":"arn:aws:iam::123456789012:role/jobgate",
               "endpoints":{"dms":"http://127.0.0.1:9000/base",
                            "iottwinmaker":"https://api.iottwinmaker.eu-central-1.amazonaws.com",
                            "sts":"https://[::1]:8443"}},
              {"name":"other","region":"eu-west-3","account":null,"roleArn":null,
               "endpoints":{"dms":"https://dms.eu-west-3.amazonaws.com","iottwinmaker":null,
                            "sts":"https://sts.eu-west-3.amazonaws.com"}}],
             "warnings":["IoT TwinMaker does not exist in eu-west-3: the routes of transfer jobs answer 404"]}
            """
        #expect(try JSON(text: report) == JSON(text: expected))
    }

    @Test("tells everything that is wrong")
    func problems() throws {
        let error = ConfigurationError(problems: ["file:1: one", "flags: two"])
        let report = try ConfigurationReport.json(problemsOf: error)
        #expect(try JSON(text: report) == JSON(text: #"{"problems":["file:1: one","flags: two"]}"#))
    }
}
