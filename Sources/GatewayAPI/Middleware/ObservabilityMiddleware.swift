import Foundation
import GatewayCore
import HTTPServer
import Logging
import Observability

/// The outermost step: the request's identity, the headers of every answer, and one access line.
///
/// It stands outside all others so that whatever they answer is counted and named.
struct ObservabilityMiddleware: Sendable {
    private let logger: Logger

    /// Logs to `logger`.
    init(logger: Logger) {
        self.logger = logger
    }

    /// Handles one request.
    func handle(
        _ request: Request, policy: RequestPolicy,
        next: (Request, inout RequestContext) async -> Response
    ) async -> Response {
        let start = ContinuousClock.now
        var context = RequestContext(
            requestID: Self.requestID(request.headers["X-Request-Id"]),
            traceID: Self.traceID(request.headers["traceparent"]), policy: policy, match: Routes.match(request),
            clientAddress: policy.addresses.clientAddress(of: request))
        var response = await next(request, &context)
        finish(&response, context)
        log(request: request, status: response.status.code, context: context, start: start)
        return response
    }

    /// Answers what the server refused before there was a request.
    func refuse(_ refusal: Refusal, remoteAddress: String?) -> Response {
        let error = GatewayError(refusal)
        let requestID = Self.requestID([])
        // There may be no path that could be read; the occurrence is named by its identifier instead.
        var response = ProblemDetails.response(for: error, instance: "urn:uuid:\(requestID)", requestID: requestID)
        response.headers.replaceOrAdd("X-Request-Id", requestID)
        response.headers.replaceOrAdd("X-Content-Type-Options", "nosniff")
        logger.info(
            "refused",
            metadata: [
                "log": "access", "request_id": .string(requestID), "caller": .json(.string(nil)),
                "credential": .json(.string(nil)), "method": .json(.string(nil)), "route": .json(.string(nil)),
                "status": .json(.integer(response.status.code)), "duration_ms": .json(.milliseconds(0)),
                "target": .json(.string(nil)), "upstream_request_id": .json(.string(nil)),
                "remote": .json(.string(remoteAddress.map(ClientAddressPolicy.plain))),
                "problem": .string(error.code.rawValue),
            ])
        return response
    }

    private func finish(_ response: inout Response, _ context: RequestContext) {
        for (name, value) in context.headers { response.headers.replaceOrAdd(name, value) }
        response.headers.replaceOrAdd("X-Request-Id", context.requestID)
        response.headers.replaceOrAdd("X-Content-Type-Options", "nosniff")
    }

    private func log(request: Request, status: Int, context: RequestContext, start: ContinuousClock.Instant) {
        let level: Logger.Level = status >= 500 ? .warning : .info
        guard logger.logLevel <= level else { return }
        let duration = start.duration(to: .now) / .milliseconds(1)
        var metadata: Logger.Metadata = [
            "log": "access", "request_id": .string(context.requestID),
            "caller": .json(.string(context.caller?.id)),
            "credential": .json(.string(context.caller?.proof.name)), "method": .string(request.method),
            "route": .json(.string(context.routeTemplate)), "status": .json(.integer(status)),
            "duration_ms": .json(.milliseconds(duration)), "target": .json(.string(context.target)),
            "upstream_request_id": .json(.string(context.upstreamRequestID)),
            "remote": .json(.string(context.clientAddress)),
        ]
        if let peer = request.remoteAddress.map(ClientAddressPolicy.plain), peer != context.clientAddress {
            metadata["peer"] = .string(peer)
        }
        if let traceID = context.traceID { metadata["trace_id"] = .string(traceID) }
        if let failure = context.failure {
            metadata["problem"] = .string(failure.code.rawValue)
            // AWS repeats identifiers, and a caller may have put anything in the place of one.
            if let cause = failure.cause {
                metadata["cause"] = .string(CredentialText.redacted(String(cause.prefix(1_000))))
            }
        }
        logger.log(level: level, "request", metadata: metadata)
    }

    /// The client's identifier where it is one (1 to 128 of `[A-Za-z0-9._-]`) and no credential, else a new one.
    private static func requestID(_ presented: [String]) -> String {
        if presented.count == 1, let id = presented.first, (1...128).contains(id.utf8.count),
            id.utf8.allSatisfy(isIdentifierByte), !CredentialText.holdsCredential(id)
        {
            return id
        }
        return UUID().uuidString.lowercased()
    }

    /// The trace that the client named; of two, neither could be told to be the right one.
    private static func traceID(_ presented: [String]) -> String? {
        presented.count == 1 ? presented.first.flatMap(TraceContext.init)?.traceID : nil
    }

    private static func isIdentifierByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
