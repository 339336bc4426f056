import Foundation

/// Tells which of the processes that share a trail are alive.
///
/// Each locks one byte of a file beside the trail, at the place of its own number, for as long as it lives: the system
/// lets go of the byte however the process ends. The file stays empty. The locks belong to the open file, not to the
/// process (fcntl(2), "open file description locks"), so that two trails of one process are told apart too.
struct InstanceLock: Sendable {
    /// This process's number among those that share the trail.
    let instance: Int64
    private let descriptor: Int32

    /// Takes a number and holds it until ``release()``.
    ///
    /// - Parameter path: The file of the locks; it is made when it is not there.
    /// - Throws: ``AuditError/unusable(_:)``.
    init(path: String) throws(AuditError) {
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .unusable("\(path): \(unsafe String(cString: strerror(errno)))") }
        // Of 2^52 numbers two processes do not draw the same one; if they do, the second finds its byte locked.
        instance = Int64.random(in: 1..<(1 << 52))
        var lock = Self.lock(at: instance)
        guard unsafe fcntl(descriptor, Self.setCommand, &lock) == 0 else {
            let cause = unsafe String(cString: strerror(errno))
            close(descriptor)
            throw .unusable("\(path) cannot be locked: \(cause)")
        }
    }

    /// Whether another process holds this number now; where that cannot be told, it counts as held.
    func isHeld(_ instance: Int64) -> Bool {
        var lock = Self.lock(at: instance)
        guard unsafe fcntl(descriptor, Self.getCommand, &lock) == 0 else { return true }
        return lock.l_type != Int16(F_UNLCK)
    }

    /// Lets go of the number.
    func release() {
        close(descriptor)
    }

    private static func lock(at instance: Int64) -> flock {
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_start = off_t(instance)
        lock.l_len = 1
        return lock
    }

    #if os(Linux)
    // `F_OFD_GETLK` and `F_OFD_SETLK` of <bits/fcntl-linux.h>, which Swift's Glibc leaves out.
    private static let getCommand: Int32 = 36
    private static let setCommand: Int32 = 37
    #else
    private static let getCommand = F_OFD_GETLK
    private static let setCommand = F_OFD_SETLK
    #endif
}
