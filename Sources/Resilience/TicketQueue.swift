/// A queue whose elements carry rising tickets, by which one can be taken out of its middle.
///
/// Adding and taking the first cost the same however long the queue is, finding a ticket its logarithm; the memory
/// is bounded by twice the elements that wait.
struct TicketQueue<Element: Sendable>: Sendable {
    private var entries: [(ticket: UInt64, element: Element)] = []
    private var head = 0

    /// Creates an empty queue.
    init() {}

    /// How many elements wait.
    var count: Int { entries.count - head }

    /// Adds an element at the end; its ticket is higher than every earlier one.
    mutating func append(_ element: Element, ticket: UInt64) {
        entries.append((ticket, element))
    }

    /// Takes the first element out.
    mutating func popFirst() -> Element? {
        guard head < entries.count else { return nil }
        let element = entries[head].element
        head += 1
        if head * 2 >= entries.count {
            entries.removeFirst(head)
            head = 0
        }
        return element
    }

    /// Takes the element of a ticket out, if it waits.
    mutating func remove(ticket: UInt64) {
        var low = head
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].ticket < ticket { low = middle + 1 } else { high = middle }
        }
        guard low < entries.count, entries[low].ticket == ticket else { return }
        entries.remove(at: low)
    }
}
