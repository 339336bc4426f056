package import GatewayTestSupport

/// What AWS answers, for scripts.
package enum Upstream {
    /// The conversion that every scripted answer is about, on the gateway.
    package static let conversion = "/projects/orders/conversions/conversion-1"
    /// The transfer job that every scripted answer is about, on the gateway.
    package static let transferJob = "/transfer-jobs/transfer-1"
    /// AWS's own request id in every scripted answer.
    package static let requestID = "aws-request-1"

    /// DMS describes the conversion.
    package static func describes(_ status: String) -> StubTransport.Step {
        answer(200, "{\"Requests\":[\(request(status))]}")
    }

    /// DMS takes the cancel of the conversion.
    package static func cancelsConversion(_ status: String = "CANCELING") -> StubTransport.Step {
        answer(200, "{\"Request\":\(request(status))}")
    }

    /// TwinMaker describes the transfer job, or takes its cancel.
    package static func transfer(_ state: String) -> StubTransport.Step {
        answer(200, "{\"metadataTransferJobId\":\"transfer-1\",\"status\":{\"state\":\"\(state)\"}}")
    }

    /// A service names an error.
    package static func fails(_ code: String, _ status: Int = 400, message: String = "no") -> StubTransport.Step {
        answer(status, "{\"__type\":\"\(code)\",\"message\":\"\(message)\"}")
    }

    /// Any answer.
    package static func answer(_ status: Int, _ body: String) -> StubTransport.Step {
        .json(status, body, headers: [("x-amzn-RequestId", requestID)])
    }

    private static func request(_ status: String) -> String {
        "{\"RequestIdentifier\":\"conversion-1\",\"Status\":\"\(status)\"}"
    }
}

/// One of the two kinds of job with the words of its service, for tests that hold for both.
package enum JobKind: CaseIterable, Sendable {
    case conversion, transfer

    /// The job's path on the gateway.
    package var path: String { self == .conversion ? Upstream.conversion : Upstream.transferJob }

    /// AWS tells the job's state when it is read.
    package func reads(_ state: UpstreamState) -> StubTransport.Step {
        self == .conversion ? Upstream.describes(state.dms) : Upstream.transfer(state.twinMaker)
    }

    /// AWS takes a cancel and tells the job's state.
    package func cancels(_ state: UpstreamState = .cancelling) -> StubTransport.Step {
        self == .conversion ? Upstream.cancelsConversion(state.dms) : Upstream.transfer(state.twinMaker)
    }

    /// AWS refuses a cancel for the job's state.
    package var refusesCancel: StubTransport.Step {
        self == .conversion
            ? Upstream.fails("InvalidResourceStateFault") : Upstream.fails("ConflictException", 409)
    }

    /// AWS knows no such job.
    package var knowsNoSuchJob: StubTransport.Step {
        self == .conversion
            ? Upstream.fails("ResourceNotFoundFault") : Upstream.fails("ResourceNotFoundException", 404)
    }
}

/// A job's state in the words of both services.
package enum UpstreamState: CaseIterable, Sendable {
    case queued, running, cancelling, cancelled, succeeded, failed, unknown

    /// DMS's word.
    package var dms: String {
        switch self {
        case .queued: "RECEIVED"
        case .running: "IN_PROGRESS"
        case .cancelling: "CANCELING"
        case .cancelled: "CANCELED"
        case .succeeded: "SUCCESS"
        case .failed: "FAILED"
        case .unknown: "PAUSED"
        }
    }

    /// TwinMaker's word.
    package var twinMaker: String {
        switch self {
        case .queued: "PENDING"
        case .running: "RUNNING"
        case .cancelling: "CANCELLING"
        case .cancelled: "CANCELLED"
        case .succeeded: "COMPLETED"
        case .failed: "ERROR"
        case .unknown: "PAUSED"
        }
    }
}
