package import GatewayCore

/// Every configured target, and which of them a request means.
package struct TargetTable: Sendable {
    private let targets: [TargetJobs]

    /// The target that is meant where several could be and none is named.
    package static let defaultName = "default"

    /// Creates a table of at least one target; their names differ.
    package init(_ targets: [TargetJobs]) {
        self.targets = targets
    }

    /// Chooses the target of a request.
    ///
    /// The one that is named; else, for a project given as an ARN, the one of its region and account; else the only one
    /// that the caller may use, or the one called `default`.
    ///
    /// - Parameters:
    ///   - identifier: Which job.
    ///   - name: The target's name, where the request gives one.
    ///   - caller: Who asks; its allow-list may leave targets out.
    /// - Returns: The target.
    /// - Throws: `job-not-found` when there is no such target, `resource-not-allowed` when the caller may not use it,
    ///   `invalid-request` when several are as good.
    package func choose(
        for identifier: JobIdentifier, named name: String?, caller: Caller
    ) throws(GatewayError) -> TargetJobs {
        guard let name else { return try choose(for: identifier, caller: caller) }
        guard let named = targets.first(where: { $0.target.name == name }) else {
            throw GatewayError(
                .jobNotFound, "There is no such target.", hint: Self.hint(allowed(to: caller)))
        }
        guard caller.mayUse(target: name) else { throw Self.notAllowed(name) }
        if case .conversion(let conversion) = identifier, !named.target.mayHave(conversion.project) {
            throw GatewayError(
                .jobNotFound, "The project's ARN is of another account or region than the target.",
                hint: "Leave `target` out: an ARN chooses its target by itself.")
        }
        return named
    }

    private func choose(for identifier: JobIdentifier, caller: Caller) throws(GatewayError) -> TargetJobs {
        var candidates = targets
        if case .conversion(let conversion) = identifier, conversion.project.region != nil {
            candidates = candidates.filter { $0.target.mayHave(conversion.project) }
            guard !candidates.isEmpty else {
                throw GatewayError(
                    .jobNotFound, "The project's ARN is of an account or region that is no target of this gateway.",
                    hint: "Check the ARN's region and account.")
            }
            // A target that is known to be of the account goes before those of which nothing is known.
            let exact = candidates.filter { $0.target.account == conversion.project.account }
            if !exact.isEmpty { candidates = exact }
        }
        let allowed = candidates.filter { caller.mayUse(target: $0.target.name) }
        guard let first = allowed.first else {
            throw Self.notAllowed(candidates.count == 1 ? candidates[0].target.name : nil)
        }
        if allowed.count == 1 { return first }
        if let standard = allowed.first(where: { $0.target.name == Self.defaultName }) { return standard }
        throw GatewayError(
            .invalidRequest, "The gateway has several targets that could be meant.", hint: Self.hint(allowed))
    }

    private func allowed(to caller: Caller) -> [TargetJobs] {
        targets.filter { caller.mayUse(target: $0.target.name) }
    }

    private static func hint(_ targets: [TargetJobs]) -> String {
        guard targets.count > 1 else { return "Leave `target` out." }
        return "Name one with ?target=: \(targets.map(\.target.name).joined(separator: ", "))."
    }

    private static func notAllowed(_ name: String?) -> GatewayError {
        GatewayError(
            .resourceNotAllowed,
            name.map { "The caller may not use the target `\($0)`." } ?? "The caller may use none of the targets.",
            hint: AllowList.hint)
    }
}
