import Foundation

/// What tells one version of a file from another, symbolic links followed: a mounted secret is exchanged behind its link.
package struct FileStamp: Sendable, Hashable {
    private let numbers: [Int64]

    /// Looks at a file, without reading it; one that is not there has a stamp too.
    package init(path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            numbers = []
            return
        }
        numbers = [
            Int64(bitPattern: UInt64(status.st_dev)), Int64(bitPattern: UInt64(status.st_ino)), Int64(status.st_size),
            Int64(status.st_mtim.tv_sec), Int64(status.st_mtim.tv_nsec), Int64(status.st_ctim.tv_sec),
            Int64(status.st_ctim.tv_nsec),
        ]
    }
}
