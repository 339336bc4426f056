import HTTPServer

/// Why the simulated AWS refuses a request.
package enum SimulatedFault: Error, Sendable, Hashable {
    /// Nothing bears that name.
    case notFound(String)
    /// The job cannot do that in the state it is in.
    case wrongState(String)
    /// The caller's policies do not allow the action on the resource.
    case denied(action: String, resource: String)
    /// A member breaks a constraint of the model.
    case invalid(String)
    /// A member has the model's form and a value that means nothing.
    case invalidParameter(String)
    /// The body is no JSON, or has members of other types than the model's.
    case serialization(String)
    /// No operation goes by that name or path.
    case unknownOperation
    /// No valid signature; the code is AWS's own.
    case unauthenticated(code: String, message: String)
    /// The simulation itself is at fault.
    case internalFailure
}

extension SimulatedFault {
    /// The fault as DMS says it (AWS JSON 1.1: the code in the body's `__type`, and 400 for all that is the caller's).
    func databaseMigrationResponse(requestID: String) -> Response {
        let (code, status): (String, Status) =
            switch self {
            case .notFound: ("ResourceNotFoundFault", .badRequest)
            case .wrongState: ("InvalidResourceStateFault", .badRequest)
            // A policy's refusal comes from IAM's front, not from the model's AccessDeniedFault.
            case .denied: ("AccessDeniedException", .badRequest)
            case .invalid: ("ValidationException", .badRequest)
            case .invalidParameter: ("InvalidParameterValueException", .badRequest)
            case .serialization: ("SerializationException", .badRequest)
            case .unknownOperation: ("UnknownOperationException", .badRequest)
            case .unauthenticated(let code, _): (code, .badRequest)
            case .internalFailure: ("InternalFailure", .internalServerError)
            }
        // What the protocol's own layer refuses is spelt with a capital M, as AWS does.
        let member = if case .serialization = self { "Message" } else { "message" }
        var body = ["__type": code]
        body[member] = message
        return .json(body, status: status, contentType: .amazonJSON, requestID: requestID)
    }

    /// The fault as TwinMaker says it (REST-JSON: the code in `x-amzn-ErrorType`, the status the model's).
    func twinMakerResponse(requestID: String) -> Response {
        let (code, status): (String, Status) =
            switch self {
            case .notFound: ("ResourceNotFoundException", .notFound)
            case .wrongState: ("ConflictException", .conflict)
            case .denied: ("AccessDeniedException", .forbidden)
            case .invalid, .invalidParameter: ("ValidationException", .badRequest)
            case .serialization: ("SerializationException", .badRequest)
            case .unknownOperation: ("UnknownOperationException", .notFound)
            case .unauthenticated(let code, _): (code, .forbidden)
            case .internalFailure: ("InternalServerException", .internalServerError)
            }
        let body = message.map { ["message": $0] } ?? [:]
        var response = Response.json(body, status: status, contentType: .json, requestID: requestID)
        response.headers.add("x-amzn-ErrorType", code)
        return response
    }

    /// The words for people; DMS and TwinMaker have none for an operation that they do not know.
    var message: String? {
        switch self {
        case .notFound(let message), .wrongState(let message), .invalid(let message), .invalidParameter(let message),
            .serialization(let message), .unauthenticated(_, let message):
            message
        case .denied(let action, let resource):
            "User: arn:aws:iam::\(SimulatedAWS.accountID):user/jobgate-sandbox is not authorized to perform: \(action)"
                + " on resource: \(resource) because no identity-based policy allows the \(action) action"
        case .unknownOperation: nil
        case .internalFailure: "The request processing has failed because of an unknown error."
        }
    }
}

/// Collects what breaks the model's constraints, so that one answer names all of it, as AWS's do.
struct ConstraintCheck {
    private var complaints: [String] = []

    /// Notes a required member that is missing.
    mutating func require(_ value: String?, _ member: String) -> String {
        if let value { return value }
        complaints.append("Value null at '\(member)' failed to satisfy constraint: Member must not be null")
        return ""
    }

    /// Notes a value that breaks a constraint.
    mutating func expect(_ holds: Bool, _ value: some CustomStringConvertible, _ member: String, _ constraint: String) {
        if holds { return }
        complaints.append("Value '\(value)' at '\(member)' failed to satisfy constraint: \(constraint)")
    }

    /// Throws `invalid` when there is a complaint.
    func finish() throws(SimulatedFault) {
        if complaints.isEmpty { return }
        let count = complaints.count == 1 ? "1 validation error" : "\(complaints.count) validation errors"
        throw .invalid("\(count) detected: " + complaints.joined(separator: "; "))
    }
}
