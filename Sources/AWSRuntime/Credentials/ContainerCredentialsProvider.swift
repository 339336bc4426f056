package import Resilience
import SigV4

/// Asks the agent of ECS, EKS Pod Identity or anyone who speaks their protocol: an HTTP endpoint that the environment
/// names.
///
/// The token that goes with the question is read anew from its file at every fetch, for EKS exchanges it.
package struct ContainerCredentialsProvider: CredentialsProvider {
    /// `container`.
    package let name = "container"
    private let environment: [String: String]
    private let transport: any HTTPTransport
    private let time: AWSClientTime

    private static let maxAttempts = 3
    private static let attemptTimeout = Duration.seconds(2)
    private static let pause = Duration.seconds(1)
    private static let maxTokenBytes = 64 << 10
    private static let tokenFileVariable = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
    private static let tokenVariable = "AWS_CONTAINER_AUTHORIZATION_TOKEN"

    /// Reads the environment of the context's settings and asks through its transport.
    package init(context: CredentialsContext) {
        self.environment = context.settings.environment
        self.transport = context.transport
        self.time = context.time
    }

    /// The container's credentials; asks up to three times, two seconds each, whatever went wrong.
    ///
    /// - Throws: ``CredentialsError``; declines when no endpoint is named, fails when it, its token or its answer is of
    ///   no use.
    package func resolve(by deadline: Deadline) async throws(CredentialsError) -> ResolvedCredentials {
        let container = try ContainerEndpoint(environment: environment, provider: name)
        let token = try authorization()
        let service = MetadataService(
            endpoint: container.endpoint, transport: transport, time: time, maxAttempts: Self.maxAttempts,
            attemptTimeout: Self.attemptTimeout, pause: Self.pause)
        let headers = [("Accept", "application/json")] + (token.map { [("Authorization", $0)] } ?? [])
        let document: CredentialsDocument
        do {
            document = try await service.ask("GET", container.target, headers: headers, by: deadline) {
                response throws(MetadataService.Fault) in
                guard response.status == 200 else { throw MetadataService.Fault(response, hiding: token) }
                guard let document = CredentialsDocument.read(response.body) else {
                    throw .unusable("answered with something that is not a JSON object")
                }
                return document
            }
        } catch {
            throw .failed(provider: name, reason: "\(container.place) \(error.reason)")
        }
        let credentials = try document.credentials(from: container.place, provider: name)
        return ResolvedCredentials(documented: credentials, source: "container, \(container.endpoint.authority)")
    }

    /// The value of `Authorization`; the file goes before the variable, `nil` where there is neither.
    private func authorization() throws(CredentialsError) -> String? {
        let text: String
        let place: String
        if let path = environment[Self.tokenFileVariable] {
            place = "the file of \(Self.tokenFileVariable)"
            text = try contents(of: path, place: place)
        } else if let value = environment[Self.tokenVariable] {
            place = Self.tokenVariable
            text = value
        } else {
            return nil
        }
        // The end of a file's last line is not part of the token. Elsewhere it would end the header.
        let token = CredentialsText.trimmed(text)
        guard !token.isEmpty else { throw .failed(provider: name, reason: "\(place) is empty") }
        guard token.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw .failed(
                provider: name, reason: "\(place) holds a line break or another character that no header can carry")
        }
        return token
    }

    private func contents(of path: String, place: String) throws(CredentialsError) -> String {
        do {
            return String(decoding: try BoundedFile.read(path, limit: Self.maxTokenBytes), as: UTF8.self)
        } catch {
            throw .failed(provider: name, reason: "\(place) \(error)")
        }
    }
}
