/// A path of our own that a shop's backend asks, below `/v1/`; whoever asks there reads JSON and nothing else.
enum OwnPath: Equatable {
    /// `/v1/conversions/{source}`.
    case conversions(source: String)
    /// Anything else below `/v1/`.
    case unserved

    /// Nil for all other paths. One slash at the end makes no difference.
    init?(_ path: String) {
        guard path.hasPrefix("/v1/") else { return nil }
        var parts = path.dropFirst(4).split(separator: "/", omittingEmptySubsequences: false)
        if parts.count > 1, parts.last?.isEmpty == true { parts.removeLast() }
        guard parts.count == 2, parts[0] == "conversions", !parts[1].isEmpty else {
            self = .unserved
            return
        }
        self = .conversions(source: String(parts[1]))
    }
}
