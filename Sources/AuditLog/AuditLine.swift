import GatewayCore

extension AuditEvent {
    /// The event as one line of the log, its line feed included.
    ///
    /// - Parameter record: The record that the event has become; `nil` where no row was written.
    /// - Returns: The line in UTF-8.
    package func line(of record: AuditRecord?) -> [UInt8] {
        var line = Array("{\"time\":".utf8)
        line.reserveCapacity(768)
        JSONText.append(AuditTime.text(of: time), to: &line)
        line.append(contentsOf: ",\"level\":\"notice\",\"message\":\"audit\",\"log\":\"audit\"".utf8)
        for column in AuditColumn.allCases where column != .time {
            line.append(contentsOf: ",\"\(column.rawValue)\":".utf8)
            let isNumbered = record != nil || (column != .seq && column != .instance)
            let value = value(of: column, seq: record?.seq ?? 0, instance: record?.instance ?? 0)
            switch isNumbered ? value : .null {
            case .integer(let number): line.append(contentsOf: String(number).utf8)
            case .text(let text): JSONText.append(text, to: &line)
            case .null: line.append(contentsOf: "null".utf8)
            }
        }
        line.append(contentsOf: ",\"hash\":\(record.map { "\"\($0.hashText)\"" } ?? "null")}\n".utf8)
        return line
    }
}
