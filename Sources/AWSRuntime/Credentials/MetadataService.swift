import Resilience

/// A small HTTP service beside the program that gives it credentials: how it is asked, how long and how often.
struct MetadataService {
    /// Where it is.
    let endpoint: Endpoint
    /// Sends the requests.
    let transport: any HTTPTransport
    /// The clocks.
    let time: AWSClientTime
    /// How many times a question is asked.
    let maxAttempts: Int
    /// How long one attempt may take.
    let attemptTimeout: Duration
    /// How long to wait before the next.
    let pause: Duration

    /// Why there is no answer; the words are the end of a sentence whose subject is the service.
    enum Fault: Error {
        /// Nobody answered.
        case unreachable(String)
        /// What was answered is of no use.
        case unusable(String)

        /// The end of the sentence.
        var reason: String {
            switch self {
            case .unreachable(let reason), .unusable(let reason): reason
            }
        }
    }

    /// Asks until an answer is of use, the attempts are spent or the deadline leaves no time for another.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - target: The path, the endpoint's own before it, and the query.
    ///   - headers: The headers but `Host` and `User-Agent`.
    ///   - deadline: By when there is an answer or a fault.
    ///   - read: Makes of an answer what was asked for; when it throws, that is the attempt's fault.
    /// - Returns: What was made of the first answer that is of use.
    /// - Throws: The fault of the last attempt.
    func ask<Answer: Sendable>(
        _ method: String, _ target: String, headers: [(name: String, value: String)], by deadline: Deadline,
        read: @Sendable (TransportResponse) throws(Fault) -> Answer
    ) async throws(Fault) -> Answer {
        let request = TransportRequest(
            method: method, endpoint: endpoint, target: target,
            headers: [("Host", endpoint.authority)] + headers + [("User-Agent", "jobgate")], body: [])
        var attempt = 1
        while true {
            do {
                return try read(try await send(request, by: deadline))
            } catch {
                let isLast = attempt >= maxAttempts || deadline.remaining(at: time.now()) <= pause
                guard !isLast, await waits() else { throw error }
                attempt += 1
            }
        }
    }

    private func send(_ request: TransportRequest, by deadline: Deadline) async throws(Fault) -> TransportResponse {
        do {
            return try await transport.send(request, deadline: deadline.capped(to: attemptTimeout, from: time.now()))
        } catch {
            throw Fault(error)
        }
    }

    /// Whether the pause was waited for to its end: it ends early when the task is cancelled.
    private func waits() async -> Bool {
        guard !Task.isCancelled else { return false }
        guard pause > .zero else { return true }
        do {
            try await time.sleep(pause)
            return true
        } catch {
            return false
        }
    }
}

extension MetadataService.Fault {
    fileprivate init(_ error: TransportError) {
        switch error {
        case .connectFailed: self = .unreachable("cannot be reached")
        case .connectionLost: self = .unreachable("closed the connection without an answer")
        case .timedOut: self = .unreachable("did not answer in time")
        case .tlsFailed: self = .unusable("has no TLS certificate that is trusted")
        case .malformedAnswer: self = .unusable("answered with something that is no HTTP, or cut short")
        case .responseTooLarge(let limit): self = .unusable("answered with more than \(limit) bytes")
        case .cancelled: self = .unusable("was not waited for: the request was cancelled")
        }
    }

    /// The fault of an answer with another status than 200, with the words of its body where it has any.
    init(_ response: TransportResponse, hiding secret: String? = nil) {
        let document = CredentialsDocument.read(response.body)
        let words = [document?.code, document?.message].compactMap { CredentialsText.remark($0, hiding: secret) }
        let quote = words.isEmpty ? "" : " (\(words.joined(separator: ": ")))"
        self = .unusable("answered with status \(response.status)\(quote)")
    }
}
