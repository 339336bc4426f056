import Foundation

/// One page of a list, and the token of the next.
///
/// The token is the identifier of the page's last item in base64: it stays good while items are added or change.
struct Page<Item> {
    let items: [Item]
    let nextToken: String?

    /// Cuts a page out of a list; there is none when the token is none of this list's.
    ///
    /// - Parameters:
    ///   - all: The whole list, in order.
    ///   - matches: Which of its items the caller asked for.
    ///   - token: The token of the page before, if there is one.
    ///   - size: How many items the page may have.
    ///   - identifier: An item's identifier, unique in the list.
    init?(
        of all: [Item], where matches: (Item) -> Bool, after token: String?, size: Int, identifier: (Item) -> String
    ) {
        var rest = all[...]
        if let token {
            guard let data = Data(base64Encoded: token), let last = String(bytes: data, encoding: .utf8),
                let index = all.firstIndex(where: { identifier($0) == last })
            else { return nil }
            rest = all[(index + 1)...]
        }
        let matching = rest.filter(matches)
        items = Array(matching.prefix(size))
        nextToken =
            matching.count > size ? items.last.map { Data(identifier($0).utf8).base64EncodedString() } : nil
    }
}
