import GatewayCore

/// What tells one version of a file from another, symbolic links followed: a mounted secret is exchanged behind its
/// link.
package struct FileStamp: Sendable, Hashable {
    private let numbers: [Int64]

    /// Looks at a file, without reading it; one that is not there has a stamp too.
    package init(path: String) {
        numbers = (try? FileStatus(of: path))?.version ?? []
    }
}
