import Foundation
import Synchronization

/// The audit trail: each event becomes a line of the log and, where there is a file, a row of it.
///
/// The row comes first, so that the line has its number and hash. What cannot be written does not stop the answer to a
/// request, but for the intent of a cancel: without it nothing is sent to AWS, unless the settings say otherwise.
package final class AuditTrail: Sendable {
    /// How the trail is kept.
    package struct Settings: Sendable, Hashable {
        /// Whether a cancel whose intent cannot be written is refused.
        package var refusesUnwritten: Bool
        /// Whether a job is read before it is cancelled, for its state.
        package var readsStateBefore: Bool

        /// Puts the settings together.
        package init(refusesUnwritten: Bool = true, readsStateBefore: Bool = false) {
            self.refusesUnwritten = refusesUnwritten
            self.readsStateBefore = readsStateBefore
        }
    }

    /// What operators are told.
    package enum Notice: Sendable, Hashable {
        /// Rows cannot be written, for this reason; said once until they can be again.
        case failing(String)
        /// Rows can be written again.
        case recovered
        /// A cancel goes ahead though its intent could not be written, for this reason.
        case proceeded(String, requestID: String)
        /// More rows waited for better times than are kept: the one of this request is only in the log.
        case dropped(requestID: String)
    }

    /// How the trail stands.
    package struct Status: Sendable, Hashable {
        /// The number of the newest row that this process knows of; `nil` where no file is kept.
        package var newest: Int64?
        /// How many rows wait because they could not be written.
        package var unwritten: Int
        /// Why the last try to write failed; `nil` when it did not.
        package var failure: String?

        /// Puts the parts together.
        package init(newest: Int64?, unwritten: Int, failure: String?) {
            self.newest = newest
            self.unwritten = unwritten
            self.failure = failure
        }
    }

    private struct Unwritten {
        let event: AuditEvent
        let intent: AuditIntent?
    }

    private struct State {
        var newest: Int64
        var backlog: [Unwritten] = []
        var isRetrying = false
        var failure: String?
    }

    /// How many rows that could not be written are kept.
    private static let backlogCapacity = 10_000

    /// How the trail is kept.
    package let settings: Settings
    private let file: SQLiteAuditLog?
    private let write: @Sendable ([UInt8]) -> Bool
    private let notify: @Sendable (Notice) -> Void
    private let state: Mutex<State>

    /// Puts a trail together.
    ///
    /// - Parameters:
    ///   - file: Where rows go; `nil` for lines alone.
    ///   - settings: How the trail is kept.
    ///   - write: Takes one line, its line feed included; false when it could not be kept.
    ///   - notify: Takes what operators are to be told.
    package init(
        file: SQLiteAuditLog?, settings: Settings = Settings(), write: @escaping @Sendable ([UInt8]) -> Bool,
        notify: @escaping @Sendable (Notice) -> Void
    ) {
        self.file = file
        self.settings = settings
        self.write = write
        self.notify = notify
        state = Mutex(State(newest: file?.newest ?? 0))
        for record in file?.interrupted ?? [] { _ = write(record.event.line(of: record)) }
    }

    /// Whether rows are kept that can be asked for.
    package var keepsRows: Bool { file != nil }

    /// How the trail stands now.
    package var status: Status {
        state.withLock { state in
            Status(
                newest: file == nil ? nil : state.newest, unwritten: state.backlog.count, failure: state.failure)
        }
    }

    /// Writes that a cancel is about to be sent; when it returns, the row is durable.
    ///
    /// - Parameters:
    ///   - event: The intent.
    ///   - intent: Stands for it from now on.
    /// - Returns: The row's number; `nil` where there is none.
    /// - Throws: ``AuditError`` when it could not be written and the cancel must not be sent.
    package func begin(_ event: AuditEvent, _ intent: AuditIntent = AuditIntent()) async throws(AuditError) -> Int64? {
        guard let file else {
            let isKept = write(event.line(of: nil))
            guard isKept || !settings.refusesUnwritten else { throw .unwritable("the reader of the log has stalled") }
            return nil
        }
        let result = await file.append(event, of: intent) { [self] result in
            if case .success(let record) = result { written(record) }
        }
        switch result {
        case .success(let record):
            written(record)
            return record.seq
        case .failure(let error):
            if error != .overloaded { failed(error) }
            guard !settings.refusesUnwritten else { throw error }
            _ = write(event.line(of: nil))
            notify(.proceeded(error.description, requestID: event.requestID))
            return nil
        }
    }

    /// Writes what came of a cancel, or that it was refused.
    ///
    /// A row that cannot be written now is in the log at once, and is kept and tried again by ``run()``.
    ///
    /// - Parameters:
    ///   - event: The outcome or refusal.
    ///   - intent: What stands for the intent, where ``begin(_:_:)`` was tried: should its row come late, the event is
    ///     written as its outcome.
    package func settle(_ event: AuditEvent, of intent: AuditIntent? = nil) async {
        guard let file else {
            _ = write(event.line(of: nil))
            return
        }
        let unwritten = Unwritten(event: event, intent: intent)
        switch await file.append(event, of: intent, late: { [self] in cameLate($0, unwritten) }) {
        case .success(let record): written(record)
        case .failure(let error):
            _ = write(event.line(of: nil))
            failed(error)
            if error != .slow { keep(unwritten) }
        }
    }

    /// Reads rows, newest first.
    ///
    /// - Parameters:
    ///   - query: Which rows.
    ///   - isVisible: Whether the reader may see a row.
    /// - Returns: A page; `nil` where no rows are kept.
    /// - Throws: ``AuditError/unreadable(_:)``.
    package func page(
        _ query: AuditQuery, isVisible: @escaping @Sendable (AuditEvent) -> Bool
    ) async throws(AuditError) -> AuditPage? {
        guard let file else { return nil }
        return try await file.page(query, isVisible: isVisible)
    }

    /// Tries every second to write the rows that could not be written, until the task is cancelled.
    package func run() async {
        guard file != nil else { return }
        while true {
            do { try await Task.sleep(for: .seconds(1)) } catch { return }
            await retry()
        }
    }

    /// Tries once to write the rows that could not be written, oldest first.
    package func retry() async {
        guard let file, state.withLock({ !$0.isRetrying && !$0.backlog.isEmpty }) else { return }
        state.withLock { $0.isRetrying = true }
        defer { state.withLock { $0.isRetrying = false } }
        while let first = state.withLock({ $0.backlog.first }) {
            switch await file.append(first.event, of: first.intent, late: { [self] in cameLate($0, first) }) {
            case .success(let record):
                state.withLock { _ = $0.backlog.removeFirst() }
                written(record)
            case .failure(let error):
                // The queue has it then, and says later what came of it.
                if error == .slow { state.withLock { _ = $0.backlog.removeFirst() } }
                return failed(error)
            }
        }
    }

    /// Writes what waits, tries a last time what could not be written, and closes the file.
    package func close() async {
        await retry()
        await file?.close()
    }

    private func cameLate(_ result: Result<AuditRecord, AuditError>, _ unwritten: Unwritten) {
        switch result {
        case .success(let record): written(record)
        case .failure(let error):
            failed(error)
            keep(unwritten)
        }
    }

    private func keep(_ unwritten: Unwritten) {
        let isKept = state.withLock { state in
            guard state.backlog.count < Self.backlogCapacity else { return false }
            state.backlog.append(unwritten)
            return true
        }
        if !isKept { notify(.dropped(requestID: unwritten.event.requestID)) }
    }

    private func written(_ record: AuditRecord) {
        let hasRecovered = state.withLock { state in
            state.newest = max(state.newest, record.seq)
            defer { state.failure = nil }
            return state.failure != nil
        }
        _ = write(record.event.line(of: record))
        if hasRecovered { notify(.recovered) }
    }

    private func failed(_ error: AuditError) {
        let isNews = state.withLock { state in
            defer { state.failure = error.description }
            return state.failure == nil
        }
        if isNews { notify(.failing(error.description)) }
    }
}
