/// Where operators have switched cancels off, and what they tell the callers; reads go on.
package struct ReadOnlyPolicy: Sendable, Hashable {
    /// What is told where the whole gateway takes no cancels; `nil` where it takes them.
    package var gatewayMessage: String?
    /// What is told where a target takes no cancels, by the target's name.
    package var targetMessages: [String: String]

    /// After how long a cancel may be sent again: nobody knows, and a minute is as good as any.
    static let retryAfter = Duration.seconds(60)

    /// Creates a policy; without arguments, the one that lets every cancel pass.
    package init(gatewayMessage: String? = nil, targetMessages: [String: String] = [:]) {
        self.gatewayMessage = gatewayMessage
        self.targetMessages = targetMessages
    }

    /// What a caller is told who would cancel a job of a target; `nil` when the target takes cancels.
    ///
    /// What holds for the whole gateway goes before what holds for the target.
    package func message(for target: String) -> String? {
        gatewayMessage ?? targetMessages[target]
    }

    /// A target that takes no cancels, with what is told; `nil` for one that takes them.
    func state(of target: String) -> (target: String, message: String)? {
        message(for: target).map { (target, $0) }
    }
}
