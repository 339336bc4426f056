extension AllowList {
    /// What keeps a caller from a project.
    package enum ProjectObstacle: Sendable, Hashable {
        /// The rule leaves it out.
        case leftOut
        /// It could be one that is denied: denials are written as names, and the request gives something else.
        case unclearWithoutName
        /// It could be one that is denied: denials are written as ARNs, and the request gives something else.
        case unclearWithoutARN
        /// It could be one that is denied: denials are written both as names and as ARNs.
        case alwaysUnclear
    }

    /// What keeps the caller from a project; `nil` for nothing.
    ///
    /// A project has a name and an ARN, a request gives one of them, and neither tells the other. So a denial that is
    /// written as a name holds back every request that gives no name, one that is written as an ARN every request that
    /// gives no ARN: what cannot be told apart from a denied project is refused.
    ///
    /// - Parameter text: The project as the request gives it.
    /// - Returns: The obstacle.
    package func obstacle(toProject text: String) -> ProjectObstacle? {
        guard projects.allows(text) else { return .leftOut }
        let deniesNames = projects.denied.contains { !Self.isOfARNs($0) }
        let deniesARNs = projects.denied.contains(where: Self.isOfARNs)
        if deniesNames, deniesARNs { return .alwaysUnclear }
        if deniesNames, !Self.isName(text) { return .unclearWithoutName }
        if deniesARNs, !Self.isARN(text) { return .unclearWithoutARN }
        return nil
    }

    /// Whether projects are denied both by names and by ARNs, so that no request could be told from a denied one.
    package var deniesEveryProjectUnseen: Bool {
        projects.denied.contains(where: Self.isOfARNs) && projects.denied.contains { !Self.isOfARNs($0) }
    }

    /// Why such denials are of no use, for the operator who wrote them.
    package static let deniesEveryProjectUnseenText =
        "the denied projects are written both as names and as ARNs, which would leave no project: "
        + "a request gives one of the two, and the other cannot be told from it; write all of them in one way"

    /// Names have no colon, ARNs have six.
    private static func isOfARNs(_ glob: Glob) -> Bool { glob.pattern.utf8.contains(UInt8(ascii: ":")) }

    private static func isName(_ text: String) -> Bool {
        !text.utf8.contains(UInt8(ascii: ":")) && !Glob.hasSpaceAtAnEnd(text)
    }

    /// Whether it is an ARN as AWS gives it: with other signs behind the last colon it could be read as a denied one.
    private static func isARN(_ text: String) -> Bool {
        let fields = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        return text.utf8.starts(with: "arn:".utf8) && fields.count == 7 && fields[6].allSatisfy(isOfID)
    }

    private static func isOfID(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
