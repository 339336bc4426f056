import Foundation
package import Resilience
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
    private let credentials: any CredentialsProvider
    private let transport: any HTTPTransport
    private let strategy: RetryStrategy
    private let quota: RetryQuota
    private let signer: SigV4Signer
    private let time: AWSClientTime
    private let skew = ClockSkew()

    /// Creates a client.
    package init(
        service: AWSService, endpoint: Endpoint, credentials: any CredentialsProvider, transport: any HTTPTransport,
        strategy: RetryStrategy = RetryStrategy(), quota: RetryQuota = RetryQuota(), time: AWSClientTime = .system
    ) {
        self.service = service
        self.endpoint = endpoint
        self.credentials = credentials
        self.transport = transport
        self.strategy = strategy
        self.quota = quota
        self.signer = SigV4Signer(service: service.signingName, region: endpoint.region)
        self.time = time
    }

    /// Carries out one call.
    ///
    /// - Parameters:
    ///   - operation: What to call.
    ///   - deadline: By when there is an answer or an error; a retry that cannot end before it is not begun.
    /// - Returns: What the last attempt's answer holds.
    /// - Throws: ``AWSError`` with the reason of the last attempt.
    package func invoke<Operation: AWSOperation>(
        _ operation: Operation, deadline: Deadline
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
        while true {
            attempt += 1
            let attemptHeader = "attempt=\(attempt); max=\(strategy.maxAttempts)"
            let failure: AttemptFailure
            switch await send(content, Operation.name, [invocation, attemptHeader], deadline) {
            case .success(let response):
                quota.deposit(lastCost: lastCost)
                return try answer(Operation.self, response, attempts: attempt)
            case .failure(let attemptFailure): failure = attemptFailure
            }
            // What was wrong with our side is put right and tried again at once: once a kind, and beside the quota.
            if let correction = failure.correction, corrections.insert(correction).inserted,
                !deadline.hasPassed(at: time.now())
            {
                continue
            }
            let error = AWSError(
                reason: failure.reason, service: service.signingName, operation: Operation.name,
                iamAction: Operation.iamAction, requestID: failure.requestID, httpStatus: failure.httpStatus,
                attempts: attempt)
            guard let retry = failure.retry,
                let delay = strategy.delay(
                    afterFailedAttempts: attempt, failure: retry, serverWish: failure.serverWish, jitter: time.jitter()),
                delay < deadline.remaining(at: time.now()), let cost = quota.withdraw(for: retry)
            else { throw error }
            lastCost = cost
            do {
                try await time.sleep(delay)
            } catch {
                throw cancelled(Operation.self, attempts: attempt)
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
    }

    private func send(
        _ content: AWSRequestContent, _ operation: String, _ sdkHeaders: [String], _ deadline: Deadline
    ) async -> Result<TransportResponse, AttemptFailure> {
        let current: Credentials
        do {
            current = try await credentials.credentials()
        } catch {
            return .failure(AttemptFailure(reason: .credentials(error)))
        }
        let offset = skew.offset
        let request = signed(
            content, operation: operation, sdkHeaders: sdkHeaders, credentials: current,
            at: time.date().addingTimeInterval(offset))
        let response: TransportResponse
        do {
            response = try await transport.send(request, deadline: deadline)
        } catch {
            return .failure(Self.failure(of: error))
        }
        if (200..<300).contains(response.status) { return .success(response) }
        let failure = JSONProtocols.failure(response)
        return .failure(
            AttemptFailure(
                reason: .service(failure), retry: failure.retryFailure,
                correction: correction(after: failure, response, signedWith: current, offset: offset),
                serverWish: failure.retryAfter, requestID: Self.requestID(of: response), httpStatus: response.status))
    }

    private func correction(
        after failure: AWSServiceFailure, _ response: TransportResponse, signedWith current: Credentials,
        offset: TimeInterval
    ) -> Correction? {
        if failure.isExpiredToken, credentials.invalidate(current) { return .credentials }
        let isSkewed = skew.learn(
            from: failure, signedWith: offset, dateHeader: response.header("date"), at: time.date())
        return isSkewed ? .clock : nil
    }

    private static func failure(of error: TransportError) -> AttemptFailure {
        switch error {
        case .connectFailed, .connectionLost, .malformedAnswer:
            AttemptFailure(reason: .transport(error), retry: .transient)
        case .tlsFailed: AttemptFailure(reason: .transport(error))
        case .responseTooLarge(let limit): AttemptFailure(reason: .invalidResponse("the body has over \(limit) bytes"))
        case .timedOut: AttemptFailure(reason: .timedOut)
        case .cancelled: AttemptFailure(reason: .cancelled)
        }
    }

    private func signed(
        _ content: AWSRequestContent, operation: String, sdkHeaders: [String], credentials: Credentials, at date: Date
    ) -> TransportRequest {
        let path = endpoint.basePath + content.path
        var headers = [(name: "Host", value: endpoint.authority)]
        headers += JSONProtocols.headers(for: service, operation: operation, hasBody: !content.body.isEmpty)
        let signable = SignableRequest(
            method: content.method, path: path, query: [], headers: headers, body: content.body)
        let signature = signer.sign(signable, credentials: credentials, at: SigningInstant(date))
        headers += signature.headers
        // These two change or are of no use to AWS's check, so they stay unsigned, as in AWS's own SDKs.
        headers += [("amz-sdk-invocation-id", sdkHeaders[0]), ("amz-sdk-request", sdkHeaders[1])]
        headers.append(("User-Agent", "jobgate"))
        return TransportRequest(
            method: content.method, endpoint: endpoint, target: path, headers: headers, body: content.body)
    }

    private func answer<Operation: AWSOperation>(
        _ operation: Operation.Type, _ response: TransportResponse, attempts: Int
    ) throws(AWSError) -> AWSAnswer<Operation.Output> {
        let requestID = Self.requestID(of: response)
        do {
            return AWSAnswer(output: try Operation.decode(response.body), requestID: requestID)
        } catch {
            throw AWSError(
                reason: .invalidResponse("\(error)"), service: service.signingName, operation: Operation.name,
                iamAction: Operation.iamAction, requestID: requestID, httpStatus: response.status, attempts: attempts)
        }
    }

    private func cancelled<Operation: AWSOperation>(_ operation: Operation.Type, attempts: Int) -> AWSError {
        AWSError(
            reason: .cancelled, service: service.signingName, operation: Operation.name,
            iamAction: Operation.iamAction, attempts: attempts)
    }

    private static func requestID(of response: TransportResponse) -> String? {
        let value = response.header("x-amzn-requestid") ?? response.header("x-amz-request-id")
        return value.flatMap { value in
            (1...128).contains(value.utf8.count) && value.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? value : nil
        }
    }
}
