/// A path of our own that a shop's backend asks, below `/v1/`; whoever asks there reads JSON and nothing else.
enum OwnPath: Equatable {
    /// `/v1/conversions/{source}`.
    case conversions(source: String)
    /// `/v1/conversions/{source}/events/{event_id}`: what became of it.
    case event(source: String, id: String)
    /// Anything else below `/v1/`.
    case unserved

    /// Nil for all other paths. One slash at the end makes no difference.
    init?(_ path: String) {
        guard path.hasPrefix("/v1/") else { return nil }
        var parts = path.dropFirst(4).split(separator: "/", omittingEmptySubsequences: false)
        if parts.count > 1, parts.last?.isEmpty == true { parts.removeLast() }
        guard parts.count >= 2, parts[0] == "conversions", !parts[1].isEmpty else {
            self = .unserved
            return
        }
        let source = String(parts[1])
        switch parts.count {
        case 2: self = .conversions(source: source)
        case 4 where parts[2] == "events" && !parts[3].isEmpty: self = .event(source: source, id: Self.decoded(parts[3]))
        case _: self = .unserved
        }
    }

    /// A part of a path, percent-decoded.
    private static func decoded(_ part: Substring) -> String {
        guard part.utf8.contains(UInt8(ascii: "%")) else { return String(part) }
        // in a path these two stand for themselves
        let query = part.utf8.reduce(into: "") { text, byte in
            switch byte {
            case UInt8(ascii: "+"): text += "%2B"
            case UInt8(ascii: "&"): text += "%26"
            case _: text.unicodeScalars.append(Unicode.Scalar(byte))
            }
        }
        return QueryItems("part=" + query).values(of: "part", or: "part").last ?? ""
    }
}
