import Foundation
import Resilience
import SigV4

/// Calls one AWS service: the one pipeline that every operation goes through.
///
/// Encode; then, in each attempt anew: credentials, signature, send, classify; retries around it by AWS's standard
/// mode under one deadline; then decode. A signature is never older than its attempt.
package struct AWSClient: Sendable {
    /// The service that is called.
    package let service: AWSService
    /// Where it is called.
    package let endpoint: Endpoint
    private let credentials: any CredentialsSource
    private let transport: any HTTPTransport
    private let retries: AWSClientRetries
    private let upstream: UpstreamGuard
    private let signer: SigV4Signer
    private let time: AWSClientTime
    private let skew: ClockSkew

    /// Creates a client.
    ///
    /// - Parameters:
    ///   - service: The service.
    ///   - endpoint: Where it is called.
    ///   - credentials: What requests are signed with.
    ///   - transport: Sends them.
    ///   - retries: How patient the client is.
    ///   - upstream: What stands before every attempt.
    ///   - time: The clocks.
    ///   - skew: How far AWS's clock is from ours; clients of one machine share it.
    package init(
        service: AWSService, endpoint: Endpoint, credentials: any CredentialsSource, transport: any HTTPTransport,
        retries: AWSClientRetries = AWSClientRetries(), upstream: UpstreamGuard = UpstreamGuard(),
        time: AWSClientTime = .system, skew: ClockSkew = ClockSkew()
    ) {
        self.service = service
        self.endpoint = endpoint
        self.credentials = credentials
        self.transport = transport
        self.retries = retries
        self.upstream = upstream
        self.signer = SigV4Signer(service: service.signingName, region: endpoint.region)
        self.time = time
        self.skew = skew
    }

    /// Carries out one call.
    ///
    /// - Parameters:
    ///   - operation: What to call.
    ///   - context: By when there is an answer or an error (a retry that cannot end before it is not begun), on whose
    ///     behalf, and how urgent it is.
    /// - Returns: What the last attempt's answer holds.
    /// - Throws: ``AWSError`` with the reason of the last attempt.
    package func invoke<Operation: AWSOperation>(
        _ operation: Operation, in context: InvocationContext
    ) async throws(AWSError) -> AWSAnswer<Operation.Output> {
        let content: AWSRequestContent
        do {
            content = try operation.content()
        } catch {
            throw AWSError(
                reason: .unencodable("\(error)"), service: service.signingName, operation: Operation.name,
                iamAction: Operation.iamAction, attempts: 0)
        }
        let invocation = UUID().uuidString.lowercased()
        var lastCost: Int?
        var attempt = 0
        var corrections: Set<Correction> = []
        var last: AWSError?
        let deadline = context.deadline
        while true {
            attempt += 1
            let attemptHeader = "attempt=\(attempt); max=\(retries.strategy.maxAttempts)"
            let failure: AttemptFailure
            switch await send(content, Operation.self, [invocation, attemptHeader], context) {
            case .success(let response):
                retries.quota.deposit(lastCost: lastCost)
                return try answer(Operation.self, response, attempts: attempt)
            case .failure(let attemptFailure): failure = attemptFailure
            }
            // What AWS said before tells more than that it was not asked again.
            if let last, failure.wasNotSent { throw last }
            let error = AWSError(
                reason: failure.reason, service: service.signingName, operation: Operation.name,
                iamAction: Operation.iamAction, requestID: failure.requestID, httpStatus: failure.httpStatus,
                attempts: attempt, isAnswerLost: last?.isAnswerLost == true || failure.isAnswerLost)
            last = error
            // What was wrong with our side is put right and tried again at once: once a kind, and beside the quota.
            if let correction = failure.correction, corrections.insert(correction).inserted,
                !deadline.hasPassed(at: time.now())
            {
                continue
            }
            guard let retry = failure.retry,
                let delay = retries.strategy.delay(
                    afterFailedAttempts: attempt, failure: retry, serverWish: failure.serverWish, jitter: time.jitter()),
                delay < deadline.remaining(at: time.now()), let cost = retries.quota.withdraw(for: retry)
            else { throw error }
            lastCost = cost
            do {
                try await time.sleep(delay)
            } catch {
                throw cancelled(Operation.self, attempts: attempt, isAnswerLost: last?.isAnswerLost)
            }
        }
    }

    /// What can be put right on our side after a refusal.
    private enum Correction: Hashable {
        case clock
        case credentials
    }

    /// Why one attempt failed, and whether another may follow.
    private struct AttemptFailure: Error {
        let reason: AWSError.Reason
        var retry: RetryStrategy.Failure?
        var correction: Correction?
        var serverWish: Duration?
        var requestID: String?
        var httpStatus: Int?
        var wasNotSent = false
        /// The exchange was given up while it was under way.
        var wasGivenUp = false

        /// Whether this attempt may have been carried out although no good answer to it came.
        var isAnswerLost: Bool { !wasNotSent && (wasGivenUp || reason.isAnswerLost) }
    }

    private func send<Operation: AWSOperation>(
        _ content: AWSRequestContent, _ operation: Operation.Type, _ sdkHeaders: [String], _ context: InvocationContext
    ) async -> Result<TransportResponse, AttemptFailure> {
        if let retryAfter = upstream.retryAfter(at: time.now()) {
            return .failure(AttemptFailure(reason: .circuitOpen(retryAfter: retryAfter), wasNotSent: true))
        }
        var current: Credentials?
        do {
            if Operation.isSigned {
                current = try await credentials.credentials(for: context.caller, by: context.deadline)
            }
        } catch {
            let reason: AWSError.Reason = Task.isCancelled ? .cancelled : .credentials(error)
            return .failure(AttemptFailure(reason: reason, wasNotSent: true))
        }
        // It would fail for want of time, and that would be held against the upstream.
        guard !context.deadline.hasPassed(at: time.now()) else {
            return .failure(AttemptFailure(reason: .timedOut, wasNotSent: true))
        }
        let permit: CircuitPermit?
        do {
            permit = try await upstream.admit(context, now: time.now)
        } catch {
            return .failure(AttemptFailure(reason: error, wasNotSent: true))
        }
        let offset = skew.offset
        let request = request(
            content, operation: Operation.name, sdkHeaders: sdkHeaders, credentials: current,
            at: time.date().addingTimeInterval(offset))
        let response: TransportResponse
        let deadline = attemptDeadline(context.deadline)
        let isFair = deadline.remaining(at: time.now()) >= upstream.fairTime
        do {
            response = try await transport.send(request, deadline: deadline)
        } catch {
            upstream.record(outcome(of: error, isFair: isFair), for: permit, at: time.now())
            return .failure(failure(of: error))
        }
        if (200..<300).contains(response.status) {
            upstream.record(.success, for: permit, at: time.now())
            return .success(response)
        }
        let failure = service.wireProtocol.failure(of: response)
        // Throttling and refusals are the answers of an upstream that is well.
        let isUnwell = response.status >= 500 && failure.errorClass != .throttling
        upstream.record(isUnwell ? .failure : .success, for: permit, at: time.now())
        return .failure(
            AttemptFailure(
                reason: .service(failure), retry: failure.retryFailure,
                correction: current.flatMap {
                    correction(after: failure, response, signedWith: $0, offset: offset, caller: context.caller)
                },
                serverWish: failure.retryAfter, requestID: response.requestID, httpStatus: response.status))
    }

    private func attemptDeadline(_ deadline: Deadline) -> Deadline {
        retries.attemptTimeout.map { deadline.capped(to: $0, from: time.now()) } ?? deadline
    }

    private func correction(
        after failure: AWSServiceFailure, _ response: TransportResponse, signedWith current: Credentials,
        offset: TimeInterval, caller: String?
    ) -> Correction? {
        if failure.isExpiredToken, credentials.invalidate(current, for: caller) { return .credentials }
        let isSkewed = skew.learn(
            from: failure, signedWith: offset, dateHeader: response.header("date"), at: time.date())
        return isSkewed ? .clock : nil
    }

    /// What a failed exchange says of the upstream; that it did not answer says little where it had little time.
    private func outcome(of error: TransportError, isFair: Bool) -> CircuitOutcome {
        switch error {
        case .connectFailed, .tlsFailed, .connectionLost, .malformedAnswer: .failure
        case .timedOut: isFair ? .failure : .abandoned
        // It answered, with more than is taken.
        case .responseTooLarge: .success
        case .cancelled: .abandoned
        }
    }

    private func failure(of error: TransportError) -> AttemptFailure {
        switch error {
        case .connectFailed, .connectionLost, .malformedAnswer:
            AttemptFailure(reason: .transport(error), retry: .transient)
        case .tlsFailed: AttemptFailure(reason: .transport(error))
        case .responseTooLarge(let limit): AttemptFailure(reason: .invalidResponse("the body has over \(limit) bytes"))
        // An attempt's own time, where it has one, may be over long before the call's.
        case .timedOut: AttemptFailure(reason: .timedOut, retry: retries.attemptTimeout.map { _ in .transient })
        case .cancelled: AttemptFailure(reason: .cancelled, wasGivenUp: true)
        }
    }

    private func request(
        _ content: AWSRequestContent, operation: String, sdkHeaders: [String], credentials: Credentials?, at date: Date
    ) -> TransportRequest {
        let path = endpoint.basePath + content.path
        var headers = [(name: "Host", value: endpoint.authority)]
        headers += service.wireProtocol.headers(operation: operation, hasBody: !content.body.isEmpty)
        if let credentials {
            let signable = SignableRequest(
                method: content.method, path: path, query: [], headers: headers, body: content.body)
            headers += signer.sign(signable, credentials: credentials, at: SigningInstant(date)).headers
        }
        // These two change or are of no use to AWS's check, so they stay unsigned, as in AWS's own SDKs.
        headers += [("amz-sdk-invocation-id", sdkHeaders[0]), ("amz-sdk-request", sdkHeaders[1])]
        headers.append(("User-Agent", "jobgate"))
        return TransportRequest(
            method: content.method, endpoint: endpoint, target: path, headers: headers, body: content.body)
    }

    private func answer<Operation: AWSOperation>(
        _ operation: Operation.Type, _ response: TransportResponse, attempts: Int
    ) throws(AWSError) -> AWSAnswer<Operation.Output> {
        let requestID = response.requestID
        do {
            return AWSAnswer(output: try Operation.decode(response.body), requestID: requestID)
        } catch {
            throw AWSError(
                reason: .invalidResponse(AnswerFault.text(of: error)), service: service.signingName,
                operation: Operation.name,
                iamAction: Operation.iamAction, requestID: requestID, httpStatus: response.status, attempts: attempts)
        }
    }

    private func cancelled<Operation: AWSOperation>(
        _ operation: Operation.Type, attempts: Int, isAnswerLost: Bool?
    ) -> AWSError {
        AWSError(
            reason: .cancelled, service: service.signingName, operation: Operation.name,
            iamAction: Operation.iamAction, attempts: attempts, isAnswerLost: isAnswerLost)
    }
}
