import Foundation
import GatewayAPI
import GatewayAPITestSupport
import GatewayCore
import HTTPServer
import Testing

@Suite("Routes and openapi.yaml")
struct RouteContractTests {
    private let description: APIDescription
    private let operations: [APIDescription.Operation]

    init() throws {
        description = try APIDescription.load()
        operations = try description.operations()
    }

    @Test("the description that is compiled in is the file at the repository's root")
    func file() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let bytes = try Data(contentsOf: root.appending(path: "openapi.yaml"))
        #expect(Array(bytes) == OpenAPIDocument.yaml)
    }

    @Test("every route is an operation, and every operation a route")
    func bothWays() {
        let routes = Routes.all.map { "\($0.method) \($0.template)" }
        #expect(Set(routes).count == routes.count)
        #expect(Set(routes) == Set(operations.map { "\($0.method) \($0.path)" }))
    }

    @Test("HEAD is described once for all, and goes wherever GET goes", arguments: Routes.all)
    func head(route: Route) throws {
        #expect(try #require(description.root["info"]?["description"]?.string).contains("`HEAD`"))
        #expect(operations.allSatisfy { $0.method != "HEAD" })
        let path = route.template.replacing("{id}", with: "ab").replacing("{code}", with: "conflict")
        let hasGet = operations.contains { $0.path == route.template && $0.method == "GET" }
        let isRoute =
            if case .route(let found, _) = Routes.match(Request(method: "HEAD", target: path)) {
                found.template == route.template && found.method == "GET"
            } else {
                false
            }
        #expect(isRoute == hasGet)
    }

    @Test("the parameters of a path are those in its braces", arguments: Routes.all)
    func pathParameters(route: Route) throws {
        let operation = try operation(of: route)
        let inBraces = route.template.split(separator: "/").filter { $0.hasPrefix("{") }.map {
            $0.dropFirst().dropLast()
        }
        let described = operation.parameters.filter { $0.place == "path" }
        #expect(Set(described.map(\.name)) == Set(inBraces.map(String.init)))
        #expect(described.allSatisfy { $0.isRequired })
    }

    @Test("the scope of a route is the described one, and what is public is described so", arguments: Routes.all)
    func access(route: Route) throws {
        let operation = try operation(of: route)
        switch route.access {
        case .everyone:
            #expect(operation.isPublic)
            #expect(operation.requiredScope == nil)
        case .anyCaller:
            #expect(!operation.isPublic)
            #expect(operation.requiredScope == nil)
        case .scope(let scope):
            #expect(!operation.isPublic)
            #expect(operation.requiredScope == scope.rawValue)
        }
    }

    @Test("the security that holds elsewhere is one key, as a bearer token or as X-API-Key")
    func security() {
        #expect(
            description.root["security"] == .array([.object(["bearer": .array([])]), .object(["apiKey": .array([])])]))
        let schemes = description.root["components"]?["securitySchemes"]
        #expect(schemes?["bearer"]?["scheme"] == "bearer")
        #expect(schemes?["apiKey"]?["name"] == "X-API-Key")
    }

    @Test("operation ids are unique")
    func operationIDs() {
        let ids = operations.compactMap { $0.members["operationId"]?.string }
        #expect(ids.count == operations.count)
        #expect(Set(ids).count == ids.count)
    }

    @Test("the query parameters of a job route are exactly those that it takes", arguments: Routes.all)
    func queryParameters(route: Route) async throws {
        let operation = try operation(of: route)
        let described = Set(operation.parameters.filter { $0.place == "query" }.map(\.name))
        guard case .scope = route.access else {
            #expect(described.isEmpty)
            return
        }
        // Its parameters are those of ``auditParameters()``.
        guard route.action != .auditTrail else { return }
        let kind: JobKind = route.template.contains("transfer") ? .transfer : .conversion
        let values = [
            "target": "default", "dryRun": "true", "wait": "1", "limit": "1", "cursor": "x", "state": "running",
        ]
        for (name, value) in values {
            let gateway = TestGateway(aws: [
                name == "dryRun" || route.method == "GET" ? kind.reads(.running) : kind.cancels()
            ])
            let answer = await gateway.send(route.method, "\(kind.path)?\(name)=\(value)")
            #expect((answer.status < 300) == described.contains(name), "\(name)")
        }
    }

    @Test("the query parameters of the audit trail are exactly those that it takes")
    func auditParameters() async throws {
        let route = try #require(Routes.all.first { $0.action == .auditTrail })
        let described = Set(try operation(of: route).parameters.filter { $0.place == "query" }.map(\.name))
        let values = [
            "limit": "1", "cursor": "a1", "since": "2026-11-21", "until": "2026-11-21", "entry": "intent",
            "caller": "full0001", "target": "default", "kind": "transfer", "project": "orders", "job": "transfer-1",
            "outcome": "cancelled", "requestId": "x", "dryRun": "true", "state": "running", "reason": "x",
        ]
        #expect(described.isSubset(of: values.keys))
        let folder = TrailFolder()
        defer { folder.remove() }
        for (name, value) in values {
            let answer = await TestGateway(trail: folder.trail).send("GET", "/audit?\(name)=\(value)")
            #expect((answer.status == 200) == described.contains(name), "\(name)")
        }
    }

    @Test("every reference leads somewhere, and every component is used")
    func references() throws {
        var used: Set<String> = []
        try collect(description.root, into: &used)
        for (section, members) in description.root["components"]?.object ?? [:] where section != "securitySchemes" {
            for name in members.names {
                #expect(used.contains("#/components/\(section)/\(name)"), "nothing uses \(section)/\(name)")
            }
        }
    }

    private func collect(_ value: JSON, into used: inout Set<String>) throws {
        if let reference = value["$ref"]?.string {
            used.insert(reference)
            _ = try description.resolved(value)
        }
        for member in value.object?.values.map(\.self) ?? value.array ?? [] { try collect(member, into: &used) }
    }

    private func operation(of route: Route) throws -> APIDescription.Operation {
        try #require(operations.first { $0.method == route.method && $0.path == route.template })
    }
}
