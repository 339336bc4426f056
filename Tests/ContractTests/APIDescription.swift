import Foundation
import GatewayAPI
import GatewayAPITestSupport
import Testing
import Yams

/// openapi.yaml as the tests read it: by Yams, every `$ref` followed.
struct APIDescription: Sendable {
    /// The whole document.
    let root: JSON

    /// The document that is compiled in.
    static func load() throws -> APIDescription { try loaded.get() }

    private static let loaded = Result {
        let yaml = String(decoding: OpenAPIDocument.yaml, as: UTF8.self)
        return APIDescription(root: try JSON(tree: try #require(try Yams.load(yaml: yaml))))
    }

    /// One operation.
    struct Operation: Sendable {
        /// The method in capitals.
        let method: String
        /// The path with its parameters in braces.
        let path: String
        /// The operation's own members.
        let members: JSON
        /// The parameters of the path and of the operation.
        let parameters: [Parameter]
        /// The answers by status.
        let answers: [Int: Answer]

        /// Whether it needs no credential.
        var isPublic: Bool { members["security"] == .array([]) }

        /// The scope that a key must have.
        var requiredScope: String? { members["x-required-scope"]?.string }
    }

    /// One parameter.
    struct Parameter: Sendable {
        let name: String
        /// `path`, `query` or `header`.
        let place: String
        let isRequired: Bool
        let schema: JSON
    }

    /// One answer of one status.
    struct Answer: Sendable {
        /// The values that a problem's `code` may have; none for a success.
        let codes: [String]
        /// The headers by name, and whether each is always there.
        let headers: [String: Bool]
        /// The schema of each header.
        let headerSchemas: [String: JSON]
        /// The schema of each media type.
        let schemas: [String: JSON]
        /// The examples of every media type, each with the schema that it is of.
        let examples: [(name: String, value: JSON, schema: JSON)]
    }

    /// Every operation.
    func operations() throws -> [Operation] {
        let paths = try #require(root["paths"]?.object)
        return try paths.flatMap { path, item in
            let shared = try parameters(item["parameters"])
            return try (item.object ?? [:]).filter { $0.key != "parameters" }.map { method, members in
                Operation(
                    method: method.uppercased(), path: path, members: members,
                    parameters: shared + (try parameters(members["parameters"])),
                    answers: try answers(members["responses"]))
            }
        }
    }

    /// The answers to a path or a method that no operation has.
    func answersOutsideOperations() throws -> [Int: Answer] {
        try answers(root["x-answers-outside-operations"])
    }

    /// The answers to a browser that asks before it sends, on any path.
    func preflightAnswers() throws -> [Int: Answer] {
        try answers(root["x-preflight-answers"])
    }

    /// A schema of `components`.
    func schema(_ name: String) throws -> JSON {
        try #require(root["components"]?["schemas"]?[name])
    }

    /// What a value is once its `$ref` is followed.
    func resolved(_ value: JSON) throws -> JSON {
        guard let reference = value["$ref"]?.string else { return value }
        #expect(reference.hasPrefix("#/"))
        var target = root
        for name in reference.dropFirst(2).split(separator: "/") {
            target = try #require(target[String(name)], "\(reference) leads nowhere")
        }
        return try resolved(target)
    }

    private func parameters(_ list: JSON?) throws -> [Parameter] {
        try (list?.array ?? []).map { entry in
            let parameter = try resolved(entry)
            return Parameter(
                name: try #require(parameter["name"]?.string), place: try #require(parameter["in"]?.string),
                isRequired: parameter["required"] == true, schema: try resolved(try #require(parameter["schema"])))
        }
    }

    private func answers(_ responses: JSON?) throws -> [Int: Answer] {
        let pairs = try (responses?.object ?? [:]).map { status, entry in
            (try #require(Int(status)), try answer(try resolved(entry)))
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    private func answer(_ response: JSON) throws -> Answer {
        var headers: [String: Bool] = [:]
        var headerSchemas: [String: JSON] = [:]
        for (name, entry) in response["headers"]?.object ?? [:] {
            let header = try resolved(entry)
            headers[name] = header["required"] == true
            let schema: JSON = try #require(header["schema"])
            headerSchemas[name] = schema
        }
        var schemas: [String: JSON] = [:]
        var examples: [(name: String, value: JSON, schema: JSON)] = []
        for (type, content) in response["content"]?.object ?? [:] {
            let schema: JSON = try #require(content["schema"])
            schemas[type] = schema
            for (name, entry) in content["examples"]?.object ?? [:] {
                examples.append((name, try #require(try resolved(entry)["value"]), schema))
            }
        }
        return Answer(
            codes: (response["x-problem-codes"]?.array ?? []).compactMap(\.string), headers: headers,
            headerSchemas: headerSchemas, schemas: schemas, examples: examples)
    }
}
