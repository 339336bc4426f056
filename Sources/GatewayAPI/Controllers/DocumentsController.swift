import GatewayCore
import HTTPServer

/// The API's description, and a page for each problem code.
struct DocumentsController: Sendable {
    private let openAPIJSON: [UInt8]

    /// Serves `openAPIJSON`, the same description as openapi.yaml, as JSON.
    init(openAPIJSON: [UInt8]) {
        self.openAPIJSON = openAPIJSON
    }

    /// `/openapi.yaml`.
    func yaml() -> Response {
        Response(status: .ok, headers: ["Content-Type": "application/yaml"], body: OpenAPIDocument.yaml)
    }

    /// `/openapi.json`.
    func json() -> Response {
        Response(status: .ok, headers: ["Content-Type": "application/json"], body: openAPIJSON)
    }

    /// `/problems/{code}`.
    func problem(_ parameters: [String]) throws(GatewayError) -> Response {
        guard let code = ProblemCode(rawValue: parameters[0]) else {
            throw GatewayError(.noSuchRoute, "There is no such problem code.")
        }
        let page = """
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <title>\(code.rawValue)</title>
            <h1>\(code.rawValue)</h1>
            <p>\(code.title). HTTP status \(code.status); \
            \(code.isRetryable ? "the same request may succeed later" : "the same request will fail again").</p>
            <p>\(Self.html(code.explanation))</p>
            </html>

            """
        return Response(
            status: .ok,
            headers: [
                "Content-Type": "text/html; charset=utf-8",
                "Content-Security-Policy": "default-src 'none'",
            ], body: Array(page.utf8))
    }

    /// The sentence with `code` marked up; the texts are this program's own.
    private static func html(_ text: String) -> String {
        let parts = text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").split(
            separator: "`", omittingEmptySubsequences: false)
        return parts.enumerated().map { $0.offset % 2 == 1 ? "<code>\($0.element)</code>" : String($0.element) }
            .joined()
    }
}

/// openapi.yaml, compiled in.
package enum OpenAPIDocument {
    /// The bytes of the file at the repository's root.
    package static let yaml: [UInt8] = PackageResources.openapi_yaml
}
