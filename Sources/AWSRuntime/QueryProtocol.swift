import SigV4

/// How AWS's query protocol writes requests and errors: forms there, XML back.
package enum QueryProtocol {
    /// Writes a call as a form: `Action` and `Version` first, then the members in the order given, a member without a
    /// value left out.
    ///
    /// A space is `%20` here, where botocore writes `+`: both are read alike.
    package static func body(
        action: String, version: String, members: [(name: String, value: String?)]
    ) -> [UInt8] {
        let fields =
            [("Action", action), ("Version", version)]
            + members.compactMap { name, value in
                value.map { (name, $0) }
            }
        let form = fields.map { name, value in "\(URIEncoding.encode(name))=\(URIEncoding.encode(value))" }
        return Array(form.joined(separator: "&").utf8)
    }

    /// Reads a body of a good answer: the element `<action>Result` within the outermost one.
    ///
    /// - Throws: ``XMLTree/Problem`` for a body that is no such document.
    package static func result(of action: String, in body: [UInt8]) throws(XMLTree.Problem) -> XMLTree.Element {
        guard let result = try XMLTree(body).root.child("\(action)Result") else {
            throw XMLTree.Problem(fault: "there is no \(action)Result", offset: body.count)
        }
        return result
    }

    /// Reads an error answer: code and message of `<ErrorResponse><Error>`, and the delay that the server asks for.
    ///
    /// A body that is no such document (empty, HTML, cut short) tells nothing.
    static func failure(_ response: TransportResponse) -> AWSServiceFailure {
        let root = document(response)
        let error = root?.child("Error") ?? root?.child("Errors")?.child("Error")
        return AWSServiceFailure(
            code: JSONProtocols.shape(error?.child("Code")?.text ?? ""), message: error?.child("Message")?.text,
            httpStatus: response.status, retryAfter: response.retryAfter)
    }

    /// The request id that the body of an answer names; `nil` for a body that is no XML.
    static func requestID(in response: TransportResponse) -> String? {
        guard response.header("content-type")?.lowercased().contains("xml") == true else { return nil }
        let root = document(response)
        let id = root?.child("RequestId") ?? root?.child("ResponseMetadata")?.child("RequestId")
        return id?.text
    }

    private static func document(_ response: TransportResponse) -> XMLTree.Element? {
        do {
            return try XMLTree(response.body).root
        } catch {
            return nil
        }
    }
}
