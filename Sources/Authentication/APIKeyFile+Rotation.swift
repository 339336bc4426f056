package import Foundation

extension APIKeyFile {
    /// What a rotation made of a key.
    package struct Rotation: Sendable {
        /// The new key, to be shown once.
        package let key: APIKey
        /// The new key's record.
        package let new: APIKeyRecord
        /// The old key's record, with its end.
        package let old: APIKeyRecord
    }

    /// Says that there is no such key; of a whole key, given where its identifier is wanted, the secret is not repeated.
    package static func lacks(_ text: String) -> String {
        guard text.hasPrefix("jg_") else { return "has no key `\(text)`" }
        return "a key is named by its id, not by the whole key: `\(text.dropFirst(3).prefix(8))`"
    }

    /// Makes a key in another one's place, as ``APIKeyRecord/rotate(at:overlap:expiresAt:)`` does.
    ///
    /// - Throws: ``Problem`` when there is no such key, or it is not good any more, or the file cannot be written; it
    ///   is as it was then.
    package func rotate(
        _ id: String, at now: Date, overlap: Duration, expiresAt: Date?
    ) throws(Problem) -> Rotation {
        // A file that is not there would be made.
        _ = try read()
        return try update { records throws(Problem) in
            guard let index = records.firstIndex(where: { $0.id == id }) else { throw problem(Self.lacks(id)) }
            do throws(APIKeyRecord.RotationProblem) {
                let (key, new) = try records[index].rotate(at: now, overlap: overlap, expiresAt: expiresAt)
                records.append(new)
                return Rotation(key: key, new: new, old: records[index])
            } catch {
                throw problem("the key `\(id)` \(Self.sentence(error))")
            }
        }
    }

    private static func sentence(_ problem: APIKeyRecord.RotationProblem) -> String {
        switch problem {
        case .revoked: "is revoked; `jobgate keys create` makes a new one"
        case .expired: "is expired; `jobgate keys create` makes a new one"
        case .unknownLifetime: "expires but has no `createdAt`; say with `--expires` when the new one ends"
        }
    }
}
