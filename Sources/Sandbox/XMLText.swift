import HTTPServer

/// An XML element of an answer, written.
struct XMLText {
    /// The element.
    let text: String

    /// Writes an element that holds text.
    init(_ name: String, _ value: String) {
        text = "<\(name)>\(Self.escaped(value))</\(name)>"
    }

    /// Writes an element that holds elements.
    init(_ name: String, namespace: String? = nil, _ children: [XMLText]) {
        let attribute = namespace.map { " xmlns=\"\(Self.escaped($0))\"" } ?? ""
        text = "<\(name)\(attribute)>\(children.map(\.text).joined())</\(name)>"
    }

    /// A text with what means something in XML replaced, and what must not stand in XML 1.0 left out.
    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            case "\"": "&quot;"
            case "\t", "\n", "\r": "&#\(scalar.value);"
            case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": ""
            default: String(scalar)
            }
        }.joined()
    }
}

extension Response {
    /// Writes an XML element as an answer of AWS.
    static func xml(_ root: XMLText, status: Status, requestID: String) -> Response {
        Response(
            status: status, headers: ["Content-Type": "text/xml", "x-amzn-RequestId": requestID],
            body: Array(root.text.utf8))
    }
}
