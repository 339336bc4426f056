import Synchronization

/// Wakes a ``ConfigurationWatch``: every other second, and at once when someone asks.
final class ReloadTrigger: Sendable {
    private let isAsked = Atomic(false)
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    /// Creates a trigger that nobody has pulled yet.
    init() {
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Asks for everything to be read again, soon.
    func reload() {
        isAsked.store(true, ordering: .releasing)
        wake.yield()
    }

    /// Runs a watch until the task is cancelled.
    func run(_ watch: ConfigurationWatch, every interval: Duration = .seconds(2)) async {
        let wake = wake
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while true {
                    do { try await Task.sleep(for: interval) } catch { return }
                    wake.yield()
                }
            }
            var watch = watch
            for await _ in wakes {
                await watch.look(isForced: isAsked.exchange(false, ordering: .acquiring))
            }
            group.cancelAll()
        }
    }
}
