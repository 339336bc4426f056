package import Foundation
import Synchronization

/// When each key was last used, to the minute, as this process saw it.
///
/// Noting a use is one atomic load, and once a minute a store: it takes no lock and makes nothing.
package final class KeyUsage: Sendable {
    /// The last use of one key.
    final class Mark: Sendable {
        private let minute = Atomic(Int64.min)
        private let settled = Atomic(Int64.min)

        /// Notes a use.
        func note(_ now: Date) {
            let current = Int64(now.timeIntervalSince1970 / 60)
            if current > minute.load(ordering: .relaxed) { minute.max(current, ordering: .relaxed) }
        }

        /// The minute of the last use, where it has not been settled.
        var news: Int64? {
            let last = minute.load(ordering: .relaxed)
            return last > settled.load(ordering: .relaxed) ? last : nil
        }

        func settle(_ minute: Int64) {
            settled.max(minute, ordering: .relaxed)
        }
    }

    private let marks = Mutex<[String: Mark]>([:])

    /// Has seen no use yet.
    package init() {}

    /// The mark of a key; the same one each time.
    func mark(of id: String) -> Mark {
        marks.withLock { marks in
            if let mark = marks[id] { return mark }
            let mark = Mark()
            marks[id] = mark
            return mark
        }
    }

    /// The last use of each key that was used since the last one that was settled; whole minutes.
    package var news: [String: Date] {
        let marks = marks.withLock { $0 }
        return marks.compactMapValues { mark in
            mark.news.map { Date(timeIntervalSince1970: Double($0 * 60)) }
        }
    }

    /// Takes uses off the news once they are written down; later ones stay.
    package func settle(_ uses: [String: Date]) {
        for (id, date) in uses { mark(of: id).settle(Int64(date.timeIntervalSince1970 / 60)) }
    }
}
