import Foundation
import GatewayCore

/// Files that only their owner may read, written so that a crash leaves the old or the new one, never half.
enum PrivateFile {
    /// Creates a file with mode 0600 that was not there before, writes and syncs it.
    ///
    /// - Parameters:
    ///   - path: Where the file is made.
    ///   - contents: What is written.
    ///   - model: A file whose owner the new one gets where the process may give it: a key file that root rewrites
    ///     must stay readable for the gateway's user.
    /// - Throws: What the system says.
    static func create(_ path: String, contents: [UInt8], ownerOf model: String) throws(SystemError) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .last }
        defer { close(descriptor) }
        if let old = try? FileStatus(of: model) { _ = fchown(descriptor, old.user, old.group) }
        var rest = contents[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { unsafe Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if written > 0 {
                rest = rest.dropFirst(written)
            } else if errno != EINTR {
                throw .last
            }
        }
        guard fsync(descriptor) == 0 else { throw .last }
    }

    /// Removes a file that may not be there.
    static func remove(_ path: String) {
        _ = unsafe unlink(path)
    }

    /// Renames a file over another and syncs their folder.
    static func rename(_ source: String, to destination: String) throws(SystemError) {
        guard unsafe Foundation.rename(source, destination) == 0 else { throw .last }
        let folder = URL(fileURLWithPath: destination).deletingLastPathComponent().path
        let directory = unsafe open(folder, O_RDONLY | O_CLOEXEC)
        guard directory >= 0 else { throw .last }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw .last }
    }
}

/// An exclusive advisory lock on a folder, held until it is released.
struct DirectoryLock {
    private let descriptor: Int32

    /// Waits for the lock.
    init(_ path: String) throws(SystemError) {
        descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .last }
        guard flock(descriptor, LOCK_EX) == 0 else {
            let error = SystemError.last
            close(descriptor)
            throw error
        }
    }

    /// Takes the lock where it can be had at once; `nil` where another process has it.
    init?(trying path: String) throws(SystemError) {
        descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .last }
        guard flock(descriptor, LOCK_EX | LOCK_NB) != 0 else { return }
        let error = SystemError.last
        close(descriptor)
        guard error.code == EWOULDBLOCK else { throw error }
        return nil
    }

    /// Gives the lock back.
    func release() {
        close(descriptor)
    }
}
