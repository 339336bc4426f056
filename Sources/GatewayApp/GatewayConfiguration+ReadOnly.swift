import GatewayAPI

extension GatewayConfiguration {
    /// Reads where cancels are switched off: for the whole gateway, and for each target.
    mutating func readReadOnly(_ reader: inout ConfigurationReader) async {
        let whole = await reader.readOnlySwitch("readOnly.enabled", message: "readOnly.message")
        if whole.isOn == true { readOnly.gatewayMessage = whole.message ?? Self.gatewayText }
        var isTargetSwitched = false
        // As for their other members: what is said of targets that are not chosen is checked, and not used.
        let names = targets.map(\.name)
        for name in names + reader.memberNamesInFile(of: "targets").filter({ !names.contains($0) }) {
            let key = "targets.\(name).readOnly"
            let target = await reader.readOnlySwitch(key, message: "\(key)Message")
            isTargetSwitched = isTargetSwitched || target.isGiven
            if !target.isGiven, target.message != nil { reader.addIdleMessage("\(key)Message", without: key) }
            guard target.isOn == true, names.contains(name) else { continue }
            readOnly.targetMessages[name] = target.message ?? whole.message ?? Self.text(ofTarget: name)
        }
        // The targets' switches take the message, too.
        if !whole.isGiven, whole.message != nil, !isTargetSwitched {
            reader.addIdleMessage("readOnly.message", without: "readOnly.enabled")
        }
    }

    private static let gatewayText = "The gateway is read-only for now: jobs can be read, not cancelled."

    private static func text(ofTarget name: String) -> String {
        "The target `\(name)` is read-only for now: its jobs can be read, not cancelled."
    }
}

/// A switch and the message that goes with it, as the configuration gives them.
private struct ReadOnlySwitch {
    /// Whether it is on; `nil` when it is not given or not good.
    let isOn: Bool?
    /// Whether it is given, good or not.
    let isGiven: Bool
    let message: String?
}

extension ConfigurationReader {
    fileprivate mutating func readOnlySwitch(_ key: String, message messageKey: String) async -> ReadOnlySwitch {
        let count = problems.count
        let isOn = await value(key, "`true` or `false`") { ["true": true, "false": false][$0] }
        let isGiven = isOn != nil || problems.count > count
        let message = await value(messageKey, "1 to 500 characters without control characters") { text in
            let isText = text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
            return (1...500).contains(text.unicodeScalars.count) && isText && !text.allSatisfy(\.isWhitespace)
                ? text : nil
        }
        return ReadOnlySwitch(isOn: isOn, isGiven: isGiven, message: message)
    }

    /// Who writes a message means something by it; without a switch nobody would ever see it.
    fileprivate mutating func addIdleMessage(_ messageKey: String, without key: String) {
        add(problem: "`\(messageKey)` is of no use without `\(key)`, `true` or `false`", of: messageKey)
    }
}
