import Foundation
import HTTPServer

/// A request to the simulated TwinMaker, read from REST-JSON: the operation is the method and the path.
enum TwinMakerCall {
    case cancel(id: String)
    case get(id: String)
    case list(Query)

    /// What ListMetadataTransferJobs takes.
    struct Query {
        let source: String
        let destination: String
        let workspaces: Set<String>
        let states: Set<TransferJobDescription.State>
        let token: String?
        let size: Int
    }

    /// Reads the operation and its members.
    init(_ request: Request) throws(SimulatedFault) {
        let segments: [String]
        do {
            segments = try request.pathSegments()
        } catch {
            throw .invalid("The path is not percent-encoded UTF-8.")
        }
        switch (request.method, segments.first, segments.count, segments.last) {
        case ("GET", "metadata-transfer-jobs", 2, let id?):
            self = .get(id: try Self.identifier(id))
        case ("PUT", "metadata-transfer-jobs", 3, "cancel"):
            self = .cancel(id: try Self.identifier(segments[1]))
        case ("POST", "metadata-transfer-jobs-list", 1, _):
            self = .list(try ListInput(body: request.body).query())
        default:
            throw .unknownOperation
        }
    }

    /// Does what the call asks for.
    ///
    /// - Parameters:
    ///   - jobs: The state it reads or changes.
    ///   - now: The moment at which it does.
    /// - Returns: The answer's body.
    /// - Throws: What the state refuses, and `invalid` for a token that is none.
    func apply(to jobs: inout SimulatedJobs, at now: Date) throws(SimulatedFault) -> any Encodable & Sendable {
        switch self {
        case .cancel(let id):
            return TransferJobAnswer(try jobs.cancelTransferJob(id, at: now), detail: .cancelled)
        case .get(let id):
            return TransferJobAnswer(try jobs.transferJob(id, at: now), detail: .full)
        case .list(let query):
            let page = Page(
                of: jobs.allTransferJobs(at: now), where: { query.accepts($0.job, $0.description) },
                after: query.token, size: query.size, identifier: \.job.id)
            guard let page else { throw .invalid("The nextToken is not valid.") }
            return TransferJobList(
                metadataTransferJobSummaries: page.items.map { TransferJobAnswer($0.description, detail: .summary) },
                nextToken: page.nextToken)
        }
    }

    /// Holds an identifier against the model's `Id`: `[a-zA-Z_0-9][a-zA-Z_\-0-9]*[a-zA-Z0-9]+`, at most 128.
    private static func identifier(_ id: String) throws(SimulatedFault) -> String {
        let pattern = #"[a-zA-Z_0-9][a-zA-Z_\-0-9]*[a-zA-Z0-9]+"#
        let bytes = Array(id.utf8)
        let wordsOnly = bytes.allSatisfy {
            $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
        }
        let matches =
            bytes.count >= 2 && wordsOnly && bytes.first != UInt8(ascii: "-")
            && bytes.last?.isASCIIAlphanumeric == true
        var check = ConstraintCheck()
        let member = "metadataTransferJobId"
        check.expect(matches, id, member, "Member must satisfy regular expression pattern: \(pattern)")
        check.expect(bytes.count <= 128, id, member, "Member must have length less than or equal to 128")
        try check.finish()
        return id
    }
}

extension TwinMakerCall.Query {
    fileprivate func accepts(_ job: SimulatedTransferJob, _ description: TransferJobDescription) -> Bool {
        job.source.type == source && job.destination.type == destination
            && (states.isEmpty || states.contains(description.status.state))
            && (workspaces.isEmpty || workspaces.contains { job.touches(workspaceID: $0) })
    }
}

extension UInt8 {
    fileprivate var isASCIIAlphanumeric: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default:
            false
        }
    }
}

private struct ListInput: Decodable {
    struct Filter: Decodable {
        let workspaceId: String?
        let state: String?
    }

    let sourceType: String?
    let destinationType: String?
    let filters: [Filter]?
    let nextToken: String?
    let maxResults: Int?

    init(body: [UInt8]) throws(SimulatedFault) {
        do {
            self = try JSONDecoder().decode(ListInput.self, from: body.isEmpty ? Data("{}".utf8) : Data(body))
        } catch {
            throw .serialization("The request body is not the JSON that the operation takes.")
        }
    }

    func query() throws(SimulatedFault) -> TwinMakerCall.Query {
        var check = ConstraintCheck()
        let source = type(sourceType, "sourceType", &check)
        let destination = type(destinationType, "destinationType", &check)
        // The model allows 0, which can only mean that the caller leaves it to the service.
        let size = maxResults ?? 0
        check.expect(size >= 0, size, "maxResults", "Member must have value greater than or equal to 0")
        check.expect(size <= 200, size, "maxResults", "Member must have value less than or equal to 200")
        var states: Set<TransferJobDescription.State> = []
        for (position, filter) in (filters ?? []).enumerated() {
            guard (filter.state == nil) != (filter.workspaceId == nil) else {
                throw .invalid("A filter must have exactly one member.")
            }
            guard let word = filter.state else { continue }
            let state = TransferJobDescription.State(rawValue: word)
            let known = TransferJobDescription.State.allCases.map(\.rawValue).joined(separator: ", ")
            check.expect(
                state != nil, word, "filters.\(position + 1).member.state",
                "Member must satisfy enum value set: [\(known)]")
            if let state { states.insert(state) }
        }
        try check.finish()
        return .init(
            source: source, destination: destination, workspaces: Set((filters ?? []).compactMap(\.workspaceId)),
            states: states, token: nextToken, size: size == 0 ? 50 : size)
    }

    private func type(_ value: String?, _ member: String, _ check: inout ConstraintCheck) -> String {
        guard let value else { return check.require(nil, member) }
        check.expect(
            TransferEndpoint.types.contains(value), value, member,
            "Member must satisfy enum value set: [\(TransferEndpoint.types.joined(separator: ", "))]")
        return value
    }
}

private struct TransferJobList: Encodable, Sendable {
    let metadataTransferJobSummaries: [TransferJobAnswer]
    let nextToken: String?
}
