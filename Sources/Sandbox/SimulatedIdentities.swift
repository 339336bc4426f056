import Foundation
import SigV4
import Synchronization

/// Whose signatures the simulated AWS accepts: the sandbox's own user, and the role sessions that its STS has issued.
final class SimulatedIdentities: Sendable {
    /// Somebody who can sign.
    struct Identity: Sendable, Hashable {
        /// What the requests are signed with.
        let credentials: Credentials
        /// The user's or the session's ARN.
        let arn: String
        /// The user's id, or the role's id and the session's name.
        let userID: String
    }

    /// How many sessions are remembered; the oldest one goes.
    private static let limit = 1_000

    private let user: Identity
    private let sessions = Mutex<[Identity]>([])

    /// Knows the user of these credentials alone.
    init(user credentials: Credentials) {
        user = Identity(
            credentials: credentials, arn: "arn:aws:iam::\(SimulatedAWS.accountID):user/jobgate-sandbox",
            userID: "AIDASANDBOXEXAMPLE")
    }

    /// Who has this access key id; somebody whose session is over as well.
    func identity(of accessKeyID: String) -> Identity? {
        guard accessKeyID != user.credentials.accessKeyID else { return user }
        return sessions.withLock { sessions in sessions.last { $0.credentials.accessKeyID == accessKeyID } }
    }

    /// Issues a session of a role.
    ///
    /// - Parameters:
    ///   - role: The role's name, without its path.
    ///   - name: The session's name.
    ///   - expiration: When it ends, to the second.
    /// - Returns: The session, with credentials of its own.
    func openSession(ofRole role: String, name: String, until expiration: Date) -> Identity {
        let serial = UUID().uuidString.replacing("-", with: "")
        let session = Identity(
            credentials: Credentials(
                accessKeyID: "ASIDSANDBOXEXAMPLE\(serial.prefix(8))",
                secretAccessKey: "sandbox/session/secret/EXAMPLEKEY/\(UUID().uuidString)",
                sessionToken: "sandbox/session/token/EXAMPLETOKEN/\(UUID().uuidString)", expiration: expiration),
            arn: "arn:aws:sts::\(SimulatedAWS.accountID):assumed-role/\(role)/\(name)",
            userID: "AROASANDBOXEXAMPLE:\(name)")
        sessions.withLock { sessions in
            sessions.append(session)
            if sessions.count > Self.limit { sessions.removeFirst() }
        }
        return session
    }
}
