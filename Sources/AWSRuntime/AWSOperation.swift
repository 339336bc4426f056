/// One call of an AWS service: what it sends and how its answer is read.
package protocol AWSOperation: Sendable {
    /// What a good answer holds.
    associatedtype Output: Sendable

    /// The operation's name in the service's model, for example `CancelMetadataTransferJob`.
    static var name: String { get }
    /// The IAM action that allows it, which is not always its name.
    static var iamAction: String { get }

    /// Whether the request is signed; only calls that bring their own proof are not.
    static var isSigned: Bool { get }

    /// What is sent: method, path and body. Headers that the protocol asks for are the client's to add.
    ///
    /// - Throws: When the operation's members cannot be encoded, which no valid identifier causes.
    func content() throws -> AWSRequestContent

    /// Reads the body of a good answer.
    ///
    /// - Throws: When the body is not what the model says.
    static func decode(_ body: [UInt8]) throws -> Output
}

extension AWSOperation {
    /// Signed, as nearly every call is.
    package static var isSigned: Bool { true }
}

/// The parts of a request that depend on the operation.
package struct AWSRequestContent: Sendable {
    /// The method.
    package var method: String
    /// The path, percent-encoded, beginning with `/`.
    package var path: String
    /// The body; empty for none.
    package var body: [UInt8]

    /// Creates the content of a request.
    package init(method: String, path: String, body: [UInt8] = []) {
        self.method = method
        self.path = path
        self.body = body
    }
}

/// The result of a call, with what its answer's headers said.
package struct AWSAnswer<Output: Sendable>: Sendable {
    /// What the answer holds.
    package let output: Output
    /// AWS's request id.
    package let requestID: String?

    /// Creates an answer.
    package init(output: Output, requestID: String?) {
        self.output = output
        self.requestID = requestID
    }
}
