import AuditLog
import Foundation
import GatewayAPI
import Logging

/// Opens the audit trail.
enum AuditAssembly {
    /// The trail of a configuration.
    ///
    /// - Parameters:
    ///   - configuration: How it is kept.
    ///   - output: Where its lines go, whatever the log's level.
    ///   - logger: Takes a line for each thing that operators should know.
    /// - Returns: The trail, open.
    /// - Throws: ``ConfigurationError`` when its file cannot be had.
    static func trail(
        _ configuration: GatewayConfiguration.Audit, output: GatewayLog.Output, logger: Logger
    ) throws(ConfigurationError) -> AuditTrail {
        var file: SQLiteAuditLog?
        if let path = configuration.path {
            do {
                file = try SQLiteAuditLog(path: path, at: Date())
            } catch {
                throw ConfigurationError(problems: ["`audit.path`: the trail cannot be opened: \(error)"])
            }
        }
        if let count = file?.interrupted.count, count > 0 {
            logger.warning(
                "cancels of a gateway that ended amid them may have been carried out: read the jobs",
                metadata: ["interrupted": .stringConvertible(count)])
        }
        return AuditTrail(file: file, settings: configuration.settings, write: GatewayLog.auditLine(to: output)) {
            notify($0, logger)
        }
    }

    private static func notify(_ notice: AuditTrail.Notice, _ logger: Logger) {
        switch notice {
        case .failing(let cause):
            logger.error("the audit trail cannot be written", metadata: ["cause": .string(cause)])
        case .recovered:
            logger.notice("the audit trail can be written again")
        case .proceeded(let cause, let requestID):
            logger.error(
                "a cancel goes ahead though the audit trail cannot be written",
                metadata: ["cause": .string(cause), "request_id": .string(requestID)])
        case .dropped(let requestID):
            logger.error(
                "the audit trail cannot be written for so long that a row is given up; the log has its line",
                metadata: ["request_id": .string(requestID)])
        }
    }
}

extension HealthReport.Audit {
    /// How a trail stands.
    init(_ trail: AuditTrail) {
        let status = trail.status
        let isFailing = status.failure != nil || status.unwritten > 0
        self.init(
            state: trail.keepsRows ? (isFailing ? "failing" : "ok") : "off", newest: status.newest.map { Int($0) },
            unwritten: status.unwritten, error: status.failure)
    }
}
