import Foundation
import HTTPServer

/// A request to the simulated DMS, read from AWS JSON 1.1: `POST /`, the operation in `X-Amz-Target`.
enum DatabaseMigrationCall {
    case cancel(SimulatedConversion.Kind, project: String, request: String)
    case describe(SimulatedConversion.Kind, project: String, query: Query)
    case describeProjects(Query)
    case startConversion(project: String, identifier: String)

    /// What all describe operations take besides a project.
    struct Query {
        let filters: [String: Set<String>]
        let marker: String?
        let size: Int
    }

    /// Reads the operation and its members.
    ///
    /// - Parameters:
    ///   - request: What came.
    ///   - freshIdentifier: The identifier of what the call starts, if it starts something.
    /// - Throws: `unknownOperation`, `serialization`, `invalid` or `invalidParameter`.
    init(_ request: Request, freshIdentifier: String) throws(SimulatedFault) {
        let operation = try Self.operation(of: request)
        let input = try Input(body: request.body)
        var check = ConstraintCheck()
        switch operation {
        case "CancelMetadataModelConversion", "CancelMetadataModelCreation":
            let project = input.project(&check)
            let identifier = check.require(input.requestIdentifier, "requestIdentifier")
            try check.finish()
            self = .cancel(Self.kind(of: operation), project: project, request: identifier)
        case "DescribeMetadataModelConversions", "DescribeMetadataModelCreations":
            let project = input.project(&check)
            let query = try input.query(&check, filterNames: ["request-id", "status"])
            self = .describe(Self.kind(of: operation), project: project, query: query)
        case "DescribeMigrationProjects":
            let names = ["migration-project-identifier", "instance-profile-identifier", "data-provider-identifier"]
            self = .describeProjects(try input.query(&check, filterNames: names))
        case "StartMetadataModelConversion":
            let project = input.project(&check)
            _ = check.require(input.selectionRules, "selectionRules")
            try check.finish()
            self = .startConversion(project: project, identifier: freshIdentifier)
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
    /// - Throws: What the state refuses, and `invalidParameter` for a marker that is none.
    func apply(to jobs: inout SimulatedJobs, at now: Date) throws(SimulatedFault) -> any Encodable & Sendable {
        switch self {
        case .cancel(let kind, let project, let request):
            return ["Request": try jobs.cancel(kind, request, ofProject: project, at: now)]
        case .describe(let kind, let project, let query):
            let page = try query.page(
                of: jobs.requests(kind, ofProject: project, at: now), identifier: \.requestIdentifier
            ) { request in
                query.accepts("request-id", [request.requestIdentifier])
                    && query.accepts("status", [request.status.rawValue])
            }
            return DescribedRequests(marker: page.nextToken, requests: page.items)
        case .describeProjects(let query):
            let page = try query.page(of: jobs.projects, identifier: \.arn) { project in
                let providers = project.sources + project.targets
                return query.accepts("migration-project-identifier", [project.name, project.arn])
                    && query.accepts(
                        "instance-profile-identifier", [project.instanceProfileName, project.instanceProfileARN])
                    && query.accepts("data-provider-identifier", providers.flatMap { [$0.name, $0.arn] })
            }
            return DescribedProjects(marker: page.nextToken, projects: page.items)
        case .startConversion(let project, let identifier):
            try jobs.startConversion(ofProject: project, identifier: identifier, at: now)
            return ["RequestIdentifier": identifier]
        }
    }

    private static func operation(of request: Request) throws(SimulatedFault) -> String {
        let prefix = "AmazonDMSv20160101."
        let mediaType = request.headers.first("content-type")?.prefix { $0 != ";" }
        guard request.method == "POST", mediaType?.lowercased() == "application/x-amz-json-1.1",
            let target = request.headers.first("x-amz-target"), target.hasPrefix(prefix)
        else { throw .unknownOperation }
        return String(target.dropFirst(prefix.count))
    }

    private static func kind(of operation: String) -> SimulatedConversion.Kind {
        operation.contains("Creation") ? .creation : .conversion
    }
}

extension DatabaseMigrationCall.Query {
    /// Whether an item with these values passes the filter, if the caller set it.
    fileprivate func accepts(_ name: String, _ values: [String]) -> Bool {
        guard let wanted = filters[name] else { return true }
        return !wanted.isDisjoint(with: values)
    }

    fileprivate func page<Item>(
        of all: [Item], identifier: (Item) -> String, where matches: (Item) -> Bool
    ) throws(SimulatedFault) -> Page<Item> {
        guard let page = Page(of: all, where: matches, after: marker, size: size, identifier: identifier) else {
            throw .invalidParameter("Invalid value for the parameter Marker.")
        }
        return page
    }
}

/// The members of all inputs that are understood: a name means the same in each of them.
private struct Input: Decodable {
    struct Filter: Decodable {
        let name: String?
        let values: [String]?

        private enum CodingKeys: String, CodingKey {
            case name = "Name"
            case values = "Values"
        }
    }

    let projectIdentifier: String?
    let requestIdentifier: String?
    let selectionRules: String?
    let filters: [Filter]?
    let marker: String?
    let maxRecords: Int?

    private enum CodingKeys: String, CodingKey {
        case projectIdentifier = "MigrationProjectIdentifier"
        case requestIdentifier = "RequestIdentifier"
        case selectionRules = "SelectionRules"
        case filters = "Filters"
        case marker = "Marker"
        case maxRecords = "MaxRecords"
    }

    init(body: [UInt8]) throws(SimulatedFault) {
        do {
            self = try JSONDecoder().decode(Input.self, from: body.isEmpty ? Data("{}".utf8) : Data(body))
        } catch {
            throw .serialization("The request body is not the JSON that the operation takes.")
        }
    }

    func project(_ check: inout ConstraintCheck) -> String {
        let identifier = check.require(projectIdentifier, "migrationProjectIdentifier")
        check.expect(
            identifier.count <= 255, identifier, "migrationProjectIdentifier",
            "Member must have length less than or equal to 255")
        return identifier
    }

    func query(
        _ check: inout ConstraintCheck, filterNames: [String]
    ) throws(SimulatedFault) -> DatabaseMigrationCall.Query {
        var wanted: [String: Set<String>] = [:]
        for (position, filter) in (filters ?? []).enumerated() {
            let name = check.require(filter.name, "filters.\(position + 1).member.name")
            if filter.values == nil { _ = check.require(nil, "filters.\(position + 1).member.values") }
            wanted[name, default: []].formUnion(filter.values ?? [])
        }
        try check.finish()
        for name in wanted.keys.sorted() where !filterNames.contains(name) {
            throw .invalidParameter("Invalid filter name: \(name)")
        }
        // The bounds that the DMS API reference gives for MaxRecords; its default is the upper one.
        let size = maxRecords ?? 100
        guard (20...100).contains(size) else {
            throw .invalidParameter("Invalid value for the parameter MaxRecords: must be between 20 and 100.")
        }
        return .init(filters: wanted, marker: marker, size: size)
    }
}

private struct DescribedRequests: Encodable, Sendable {
    let marker: String?
    let requests: [SchemaConversionRequest]

    private enum CodingKeys: String, CodingKey {
        case marker = "Marker"
        case requests = "Requests"
    }
}

private struct DescribedProjects: Encodable, Sendable {
    let marker: String?
    let projects: [MigrationProject]

    private enum CodingKeys: String, CodingKey {
        case marker = "Marker"
        case projects = "MigrationProjects"
    }
}
