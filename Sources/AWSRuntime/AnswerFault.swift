/// What is wrong with an answer, in words for the log.
enum AnswerFault {
    /// One line: a decoder's own description is a page of its insides.
    static func text(of error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        return switch error {
        case .keyNotFound(let key, let context): "there is no member `\(path(context.codingPath + [key]))`"
        case .valueNotFound(_, let context): "the member `\(path(context.codingPath))` is null"
        case .typeMismatch(_, let context): "the member `\(path(context.codingPath))` is of another type"
        case .dataCorrupted(let context):
            context.codingPath.isEmpty
                ? "the body is not JSON" : "the member `\(path(context.codingPath))` cannot be read"
        @unknown default: "the body cannot be read"
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.isEmpty ? "." : keys.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    }
}
