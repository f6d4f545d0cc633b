import Core

/// The place in a request that a refusal names, such as `$['data'][3]['user_data']['em']`: keys and numbers, never a value.
struct EventPlace: Sendable, Equatable {
    /// Nil when Meta names only the element.
    let path: String?
    /// Of `data`.
    let index: Int?

    /// Nil when the refusal names no place.
    init?(_ error: JSON) {
        let texts = [error["message"], error["error_user_title"], error["error_user_msg"], error["error_data"]].map {
            $0?.text ?? $0?.encoded() ?? ""
        }
        guard let found = texts.lazy.compactMap(Self.place(in:)).first else { return nil }
        self = found
    }

    private init(path: String?, index: Int?) {
        self.path = path
        self.index = index
    }

    /// A key that is no plain word ends the path, because it may be a value in the wrong place.
    private static func place(in text: String) -> EventPlace? {
        let path = text.firstMatch(of: /\$(?:\['[A-Za-z_][A-Za-z0-9_]{0,63}'\]|\[[0-9]{1,4}\])+/)?.output
        let index = text.firstMatch(of: /\bdata(?:'\])?\[([0-9]{1,4})\]/)?.output.1
        guard path != nil || index != nil else { return nil }
        return EventPlace(path: path.map(String.init), index: index.flatMap { Int($0) })
    }
}
