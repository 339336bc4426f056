package import Resilience
import SigV4

/// Asks EC2's instance metadata service for the credentials of the instance's role, by version 2 of its protocol only.
///
/// Its credentials are to be used beyond their expiry while the service cannot be asked, as EC2 wants it of its clients
/// ("static stability"). The session's token is fetched with each fetch of credentials: it is one more answer in hours.
/// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
package struct InstanceMetadataCredentialsProvider: CredentialsProvider {
    /// `instance metadata`.
    package let name = "instance metadata"
    private let context: CredentialsContext

    private static let tokenPath = "/latest/api/token"
    private static let rolesPath = "/latest/meta-data/iam/security-credentials/"
    private static let tokenLifetime = "21600"

    /// Reads the context's settings and asks through its transport.
    package init(context: CredentialsContext) {
        self.context = context
    }

    /// The credentials of the instance's role.
    ///
    /// - Throws: ``CredentialsError``; declines when the service is turned off, is not there, gives no token or knows
    ///   no role, fails when it is there and broken.
    package func resolve(by deadline: Deadline) async throws(CredentialsError) -> ResolvedCredentials {
        let settings = try InstanceMetadataSettings(context.settings, provider: name)
        let service = MetadataService(
            endpoint: settings.endpoint, transport: context.transport, time: context.time,
            maxAttempts: settings.maxAttempts, attemptTimeout: settings.attemptTimeout, pause: .zero)
        let token = try await token(of: service, by: deadline)
        let role = try await role(of: service, token: token, by: deadline)
        let document = try await document(of: role, from: service, token: token, by: deadline)
        let place = "\(place(service)), for the role `\(role)`,"
        guard document.code == nil || document.code == "Success" else {
            let words = [document.code, document.message].compactMap { CredentialsText.remark($0, hiding: token) }
            throw .failed(provider: name, reason: "\(place) says \(words.joined(separator: ": "))")
        }
        let credentials = try document.credentials(isTemporary: true, from: place, provider: name)
        return ResolvedCredentials(
            documented: credentials, source: "instance metadata, role \(role)", outlivesExpiration: true)
    }

    private func place(_ service: MetadataService) -> String {
        "the instance metadata service \(service.endpoint.authority)"
    }

    /// The session's token.
    ///
    /// Where it is refused there is no version 2, and version 1 is not asked.
    private func token(of service: MetadataService, by deadline: Deadline) async throws(CredentialsError) -> String {
        let answer: TransportResponse
        do {
            answer = try await service.ask(
                "PUT", service.endpoint.basePath + Self.tokenPath,
                headers: [("x-aws-ec2-metadata-token-ttl-seconds", Self.tokenLifetime)], by: deadline
            ) { response throws(MetadataService.Fault) in
                guard [200, 400, 403, 404, 405].contains(response.status) else {
                    throw MetadataService.Fault(response)
                }
                return response
            }
        } catch {
            let reason = "\(place(service)) \(error.reason)"
            guard case .unreachable = error else { throw .failed(provider: name, reason: reason) }
            // The answer to a container may not be forwarded: then it looks like no answer.
            throw .declined(
                provider: name,
                reason: "\(reason) (from inside a container the instance's hop limit must be at least 2)")
        }
        guard answer.status == 200 else {
            throw .declined(
                provider: name, reason: "\(place(service)) gives no session token: status \(answer.status)")
        }
        let token = CredentialsText.trimmed(String(decoding: answer.body, as: UTF8.self))
        guard !token.isEmpty, CredentialsText.isVisibleASCII(token) else {
            throw .failed(
                provider: name,
                reason: "\(place(service)) gave a session token that is empty or that no header can carry")
        }
        return token
    }

    /// The name of the instance's role: the first line of the list, which has no more than one.
    private func role(
        of service: MetadataService, token: String, by deadline: Deadline
    ) async throws(CredentialsError) -> String {
        let list = try await get(Self.rolesPath, from: service, token: token, by: deadline) {
            response throws(MetadataService.Fault) -> String? in
            if response.status == 404 { return nil }
            guard response.status == 200 else { throw MetadataService.Fault(response, hiding: token) }
            return String(decoding: response.body, as: UTF8.self)
        }
        guard let role = list?.split(whereSeparator: \.isNewline).map({ CredentialsText.trimmed(String($0)) }).first,
            !role.isEmpty
        else {
            throw .declined(provider: name, reason: "\(place(service)) knows no role: the instance has no profile")
        }
        // It becomes a part of a path. IAM: letters, digits and _+=,.@-, up to 64.
        let isName =
            role.utf8.count <= 64
            && role.unicodeScalars.allSatisfy {
                $0.isASCII && ($0.properties.isAlphabetic || "0123456789_+=,.@-".unicodeScalars.contains($0))
            }
        guard isName, role != ".", role != ".." else {
            throw .failed(provider: name, reason: "\(place(service)) answered with something that is no role's name")
        }
        return role
    }

    private func document(
        of role: String, from service: MetadataService, token: String, by deadline: Deadline
    ) async throws(CredentialsError) -> CredentialsDocument {
        try await get(Self.rolesPath + role, from: service, token: token, by: deadline) {
            response throws(MetadataService.Fault) in
            guard response.status == 200 else { throw MetadataService.Fault(response, hiding: token) }
            guard let document = CredentialsDocument.read(response.body) else {
                throw .unusable("answered with something that is not a JSON object")
            }
            return document
        }
    }

    private func get<Answer: Sendable>(
        _ path: String, from service: MetadataService, token: String, by deadline: Deadline,
        read: @Sendable (TransportResponse) throws(MetadataService.Fault) -> Answer
    ) async throws(CredentialsError) -> Answer {
        do {
            return try await service.ask(
                "GET", service.endpoint.basePath + path, headers: [("x-aws-ec2-metadata-token", token)], by: deadline,
                read: read)
        } catch {
            throw .failed(provider: name, reason: "\(place(service)) \(error.reason) when asked for the role")
        }
    }
}
