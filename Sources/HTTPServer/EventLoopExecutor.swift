import NIOCore

/// Runs the jobs of a task on an event loop's thread.
///
/// A task that prefers it answers a request without ever leaving the thread that read it.
final class EventLoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    /// An executor for one event loop, which must outlive every task that prefers it.
    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute {
            unsafe job.runSynchronously(on: self.asUnownedTaskExecutor())
        }
    }
}
