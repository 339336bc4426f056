extension CredentialsText {
    /// What somebody else's error says, as one line of visible ASCII that an operator's message can carry.
    ///
    /// - Parameters:
    ///   - text: The words; they are cut at 200 characters.
    ///   - secret: What was sent as a proof; words that repeat it are not carried.
    /// - Returns: `nil` where nothing can be said.
    static func remark(_ text: String?, hiding secret: String? = nil) -> String? {
        guard let text else { return nil }
        if let secret, !secret.isEmpty, text.contains(secret) { return nil }
        let visible = text.unicodeScalars.prefix(200).map { scalar -> Character in
            (0x20...0x7E).contains(scalar.value) ? Character(scalar) : " "
        }
        let words = String(visible).split(separator: " ")
        return words.isEmpty ? nil : words.joined(separator: " ")
    }
}
