package import AWSServices
package import GatewayCore

extension Job {
    /// Normalises a metadata model conversion.
    ///
    /// - Parameters:
    ///   - request: What DMS answered.
    ///   - identifier: What was asked for; it stands in where the answer does not name the conversion.
    ///   - origin: Where and when it was read.
    package init(_ request: SchemaConversionRequest, identifier: ConversionIdentifier, origin: JobOrigin) {
        self.init(
            id: request.requestIdentifier ?? identifier.request, kind: .conversion, path: origin.path,
            target: origin.target, region: origin.region, state: State(upstream: request.status),
            observedAt: origin.observedAt, upstream: origin.upstream)
        project = request.migrationProjectArn ?? identifier.project.text
        upstreamState = request.status
        progress = request.progress.map(Progress.init)
        error = request.error.flatMap(Failure.init)
        if let details = request.exportSqlDetails, details.s3ObjectKey != nil || details.objectURL != nil {
            export = Export(s3Key: details.s3ObjectKey, url: details.objectURL)
        }
    }
}

extension Job.Progress {
    fileprivate init(_ progress: SchemaConversionProgress) {
        self.init()
        percent = progress.progressPercent
        total = progress.totalObjects
        step = progress.progressStep
        object = progress.processedObject.map {
            Job.ProcessedObject(name: $0.name, type: $0.type, endpoint: $0.endpointType)
        }
    }
}

extension Job.Failure {
    fileprivate init?(_ error: SchemaConversionError) {
        switch error {
        case .defaultErrorDetails(let message): self.init(code: nil, message: message)
        case .unknownMember(let name): self.init(code: name, message: nil)
        case .empty: return nil
        }
    }
}
