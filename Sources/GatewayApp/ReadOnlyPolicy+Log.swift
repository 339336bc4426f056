import GatewayAPI
import Logging
import Observability

extension ReadOnlyPolicy {
    /// Logs where cancels are switched off now: one line, and a warning while it is anywhere.
    func log(to logger: Logger) {
        let isOff = gatewayMessage != nil || !targetMessages.isEmpty
        logger.log(
            level: isOff ? .warning : .info, isOff ? "cancels are switched off" : "cancels are switched on again",
            metadata: [
                "read_only": .json(.string(gatewayMessage)),
                "targets": .string(targetMessages.keys.sorted().joined(separator: ",")),
            ])
    }
}
