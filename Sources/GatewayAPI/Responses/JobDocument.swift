import GatewayCore

/// Writes a Job as callers see it: every member is there, what is not known is null.
enum JobDocument {
    /// The whole document.
    static func bytes(of job: Job) -> [UInt8] {
        JSONWriter.object { write(job, to: &$0) }
    }

    /// The members of the document.
    static func write(_ job: Job, to writer: inout JSONWriter) {
        writer.member("id", job.id)
        writer.member("kind", job.kind.rawValue)
        writer.member("self", job.path)
        writer.member("target", job.target)
        writer.member("region", job.region)
        writer.member("project", job.project)
        writer.member("arn", job.arn)
        writer.member("state", job.state.rawValue)
        writer.member("upstreamState", job.upstreamState)
        writer.member("done", job.isDone)
        writer.member("progress", job.progress, write)
        writer.member("queuePosition", job.queuePosition)
        writer.member("error", job.error) { writer, error in
            writer.member("code", error.code)
            writer.member("message", error.message)
        }
        writer.member("export", job.export) { writer, export in
            writer.member("s3Key", export.s3Key)
            writer.member("url", export.url)
        }
        writer.member("createdAt", time: job.createdAt)
        writer.member("updatedAt", time: job.updatedAt)
        writer.member("observedAt", time: job.observedAt)
        writer.member("upstream", job.upstream) { writer, upstream in
            writer.member("service", upstream.service)
            writer.member("operation", upstream.operation)
            writer.member("requestId", upstream.requestID)
        }
    }

    private static func write(to writer: inout JSONWriter, _ progress: Job.Progress) {
        writer.member("percent", progress.percent)
        writer.member("total", progress.total)
        writer.member("succeeded", progress.succeeded)
        writer.member("skipped", progress.skipped)
        writer.member("failed", progress.failed)
        writer.member("step", progress.step)
        writer.member("object", progress.object) { writer, object in
            writer.member("name", object.name)
            writer.member("type", object.type)
            writer.member("endpoint", object.endpoint)
        }
    }
}
