import AuditLog
import Foundation

/// Writes a row of the trail as callers see it: every member is there, what is not known is null.
enum AuditDocument {
    /// The members of the document.
    static func write(_ record: AuditRecord, to writer: inout JSONWriter) {
        let event = record.event
        writer.member("seq", Int(record.seq))
        writer.member("time", time: event.time.timeIntervalSince1970)
        writer.member("entry", event.entry.rawValue)
        writer.member("intent", event.intent.map { Int($0) })
        writer.member("requestId", event.requestID)
        writer.member("traceId", event.traceID)
        writer.member("caller", event.callerID) { writer, id in
            writer.member("id", id)
            writer.member("name", event.callerName)
        }
        writer.member("auth", event.proof)
        writer.member("remote", event.remoteAddress)
        writer.member("reason", event.reason)
        writer.member("method", event.method)
        writer.member("route", event.route)
        writer.member("target", event.target)
        writer.member("kind", event.jobKind)
        writer.member("project", event.project)
        writer.member("job", event.job)
        writer.member("stateBefore", event.stateBefore)
        writer.member("stateAfter", event.stateAfter)
        writer.member("upstreamRequestId", event.upstreamRequestID)
        writer.member("status", event.status)
        writer.member("outcome", event.outcome)
        writer.member("instance", Int(record.instance))
        writer.member("hash", record.hashText)
    }
}
