import Foundation

/// One page of a list, by cursor. A cursor is opaque: the base64 of a place in the list.
struct Paging: Sendable {
    static let limitDefault = 25
    static let limitMax = 5_000

    private let limit: Int
    private let after: Int?
    private let before: Int?

    init(_ params: [String: String]) throws(GraphFailure) {
        limit = try Self.limit(params["limit"])
        after = try Self.place(params["after"])
        before = try Self.place(params["before"])
    }

    private static func limit(_ text: String?) throws(GraphFailure) -> Int {
        guard let text else { return limitDefault }
        guard let limit = Int(text), limit > 0 else { throw .parameter("param limit must be a positive integer.") }
        return min(limit, limitMax)
    }

    private static func place(_ text: String?) throws(GraphFailure) -> Int? {
        guard let text, !text.isEmpty else { return nil }
        guard let data = Data(base64Encoded: text), let place = Int(String(decoding: data, as: UTF8.self)), place >= 0 else {
            throw .parameter("Invalid cursors values")
        }
        return place
    }

    private static func cursor(_ place: Int) -> String { Data(String(place).utf8).base64EncodedString() }

    private func range(of count: Int) -> Range<Int> {
        if let before, after == nil {
            let end = min(before, count)
            return max(0, end - limit)..<end
        }
        let start = min(after.map { $0 + 1 } ?? 0, count)
        return start..<min(start + limit, count)
    }

    /// The page and its `paging` member; `next` gets the address of a page after a cursor.
    func page<Item>(of items: [Item], next: (_ after: String) -> String?) -> (items: ArraySlice<Item>, paging: Value?) {
        let range = range(of: items.count)
        guard let last = range.last else { return (items[range], nil) }
        var members: [Value.Member] = [
            .init(
                key: "cursors",
                value: ["before": .string(Self.cursor(range.lowerBound)), "after": .string(Self.cursor(last))])
        ]
        if range.upperBound < items.count, let address = next(Self.cursor(last)) {
            members.append(.init(key: "next", value: .string(address)))
        }
        return (items[range], .object(members))
    }
}
