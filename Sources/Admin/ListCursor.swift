import Storage

/// The place in a list as it goes out and comes back: opaque to callers, refused where it was not given out.
struct ListCursor: Sendable, Equatable {
    /// Which list it is of.
    let list: String
    let place: ListPlace

    var text: String {
        switch place {
        case .before(let id): "\(list)_b\(String(max(0, id), radix: 36))"
        case .after(let id): "\(list)_a\(String(max(0, id), radix: 36))"
        }
    }

    init(list: String, place: ListPlace) {
        self.list = list
        self.place = place
    }

    /// As a description of the parameter says it.
    static func pattern(of list: String) -> String { "^\(list)_[ab][0-9a-z]{1,13}$" }

    /// Nil for what is no cursor of this list. An id that is larger than any row's is the largest.
    init?(_ text: String, of list: String) {
        let prefix = list + "_"
        guard text.hasPrefix(prefix) else { return nil }
        let rest = text.dropFirst(prefix.count)
        let digits = rest.dropFirst()
        guard let way = rest.first, way == "a" || way == "b", (1...13).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) })
        else { return nil }
        let id = Int64(digits, radix: 36) ?? .max
        self.init(list: list, place: way == "a" ? .after(id) : .before(id))
    }
}
