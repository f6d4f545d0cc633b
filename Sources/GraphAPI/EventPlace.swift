import Core

/// The place in a request that a refusal names, such as `$['data'][3]['user_data']['em']`: keys and numbers, never a value.
struct EventPlace: Sendable, Equatable {
    /// Nil when Meta names only the element.
    let path: String?
    /// Of `data`.
    let index: Int?
    /// A match key of `user_data` that stands in quotes: the one at fault.
    let key: String?

    /// Nil when the refusal names no place.
    init?(_ error: JSON) {
        let texts = [error["message"], error["error_user_title"], error["error_user_msg"], error["error_data"]].map {
            $0?.text ?? $0?.encoded() ?? ""
        }
        let place = texts.lazy.compactMap(Self.place(in:)).first
        key = texts.lazy.compactMap(Self.key(in:)).first
        guard place != nil || key != nil else { return nil }
        (path, index) = (place?.path, place?.index)
    }

    /// A key that is no plain word ends the path, because it may be a value in the wrong place.
    private static func place(in text: String) -> (path: String?, index: Int?)? {
        let path = text.firstMatch(of: /\$(?:\['[A-Za-z_][A-Za-z0-9_]{0,63}'\]|\[[0-9]{1,4}\])+/)?.output
        let index = text.firstMatch(of: /\bdata(?:'\])?\[([0-9]{1,4})\]/)?.output.1
        guard path != nil || index != nil else { return nil }
        return (path.map(String.init), index.flatMap { Int($0) })
    }

    private static func key(in text: String) -> String? {
        text.firstMatch(of: /['"`](em|ph|fn|ln|db|ge|ct|st|zp|country|external_id)['"`]/).map { String($0.output.1) }
    }
}
