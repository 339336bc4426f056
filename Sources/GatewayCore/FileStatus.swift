import Foundation

/// What the system says of a file without opening it; symbolic links are followed.
package struct FileStatus: Sendable, Hashable {
    /// Whether it is a file, and no folder, pipe or device, of which reading may never end.
    package let isRegular: Bool
    /// Its size in bytes.
    package let size: Int64
    /// Its owner's user id.
    package let user: UInt32
    /// Its group's id.
    package let group: UInt32
    /// What tells it from another file at the same path: device and inode.
    package var identity: [Int64] { Array(version.prefix(2)) }
    /// What tells one version of the file from another: device, inode, size, and the times of its last changes.
    package let version: [Int64]

    /// Looks at a file.
    ///
    /// - Throws: What the system says; `ENOENT` where there is no such file.
    package init(of path: String) throws(SystemError) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw .last }
        isRegular = status.st_mode & S_IFMT == S_IFREG
        size = Int64(status.st_size)
        user = status.st_uid
        group = status.st_gid
        version = [
            Int64(bitPattern: UInt64(status.st_dev)), Int64(bitPattern: UInt64(status.st_ino)), Int64(status.st_size),
            Int64(status.st_mtim.tv_sec), Int64(status.st_mtim.tv_nsec), Int64(status.st_ctim.tv_sec),
            Int64(status.st_ctim.tv_nsec),
        ]
    }
}
