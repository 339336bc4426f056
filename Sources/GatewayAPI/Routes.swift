package import GatewayCore
package import HTTPServer

/// One route: a method and a path, what it takes to use it, and what it does.
package struct Route: Sendable, Hashable {
    /// Who may use a route.
    package enum Access: Sendable, Hashable {
        /// Anyone, without a credential.
        case everyone
        /// Any caller with a good credential.
        case anyCaller
        /// A caller with this scope.
        case scope(Scope)
    }

    /// What a route does.
    package enum Action: Sendable, Hashable {
        /// Cancels or reads a conversion.
        case cancelConversion, readConversion
        /// Cancels or reads a transfer job.
        case cancelTransferJob, readTransferJob
        /// Lists the audit trail.
        case auditTrail
        /// Tells the caller about itself.
        case whoAmI
        /// Serves the API's description.
        case openAPIYAML, openAPIJSON
        /// Explains a problem code.
        case problemPage
        /// Tells whether the program lives, and whether it takes requests.
        case live, ready
    }

    /// The method: `GET` or `DELETE`; `HEAD` goes where `GET` goes.
    package let method: String
    /// The path with its parameters in braces, as openapi.yaml writes it.
    package let template: String
    /// Who may use it.
    package let access: Access
    /// What it does.
    package let action: Action
    private let segments: [Segment]

    private enum Segment: Sendable, Hashable {
        case literal(String)
        case parameter
    }

    /// Describes a route.
    package init(_ method: String, _ template: String, _ access: Access, _ action: Action) {
        self.method = method
        self.template = template
        self.access = access
        self.action = action
        self.segments = template.split(separator: "/").map { segment in
            segment.hasPrefix("{") ? .parameter : .literal(String(segment))
        }
    }

    /// The values of the path's parameters in order, or `nil` when the path is another one.
    func parameters(in path: [String]) -> [String]? {
        guard path.count == segments.count else { return nil }
        var values: [String] = []
        for (segment, value) in zip(segments, path) {
            switch segment {
            case .literal(let literal): if literal != value { return nil }
            case .parameter: if value.isEmpty { return nil } else { values.append(value) }
            }
        }
        return values
    }
}

/// The table of all routes.
package enum Routes {
    /// Every route of the gateway.
    package static let all: [Route] = [
        Route("DELETE", "/projects/{project}/conversions/{request}", .scope(.conversionsCancel), .cancelConversion),
        Route("GET", "/projects/{project}/conversions/{request}", .scope(.conversionsRead), .readConversion),
        Route("DELETE", "/transfer-jobs/{id}", .scope(.transferJobsCancel), .cancelTransferJob),
        Route("GET", "/transfer-jobs/{id}", .scope(.transferJobsRead), .readTransferJob),
        Route("GET", "/audit", .scope(.auditRead), .auditTrail),
        Route("GET", "/whoami", .anyCaller, .whoAmI),
        Route("GET", "/openapi.yaml", .everyone, .openAPIYAML),
        Route("GET", "/openapi.json", .everyone, .openAPIJSON),
        Route("GET", "/problems/{code}", .everyone, .problemPage),
        Route("GET", "/livez", .everyone, .live),
        Route("GET", "/readyz", .everyone, .ready),
    ]

    /// The methods that some path has, sorted.
    package static let methods: [String] = Set(all.map(\.method) + ["HEAD"]).sorted()

    /// What became of a path and a method.
    package enum Match: Sendable, Hashable {
        /// A route, with the values of its path's parameters in order.
        case route(Route, parameters: [String])
        /// The path is known, the method is not.
        case methodNotAllowed(template: String, allow: [String])
        /// The path is not known.
        case noSuchRoute
        /// The path cannot be read; the sentence is for the caller.
        case invalidPath(String)
    }

    /// Finds the route of a request.
    package static func match(_ request: Request) -> Match {
        let path: [String]
        do {
            path = try request.pathSegments()
        } catch {
            return .invalidPath(error.publicSentence)
        }
        let method = request.method == "HEAD" ? "GET" : request.method
        var allowed: [String] = []
        var template = ""
        for route in all {
            guard let parameters = route.parameters(in: path) else { continue }
            if route.method == method { return .route(route, parameters: parameters) }
            template = route.template
            allowed += route.method == "GET" ? ["GET", "HEAD"] : [route.method]
        }
        return allowed.isEmpty ? .noSuchRoute : .methodNotAllowed(template: template, allow: allowed.sorted())
    }
}
