/// A path as clients of the Graph API write it; whoever asks there reads only answers in the Graph API's form.
enum GraphPath: Equatable {
    /// `/v{n}.{m}/{dataset}/events` or `/{dataset}/events`.
    case events(dataset: String)
    /// `/capi/{dataset}/events`, as at Meta's own gateway.
    case gateway(dataset: String)
    /// Anything else that begins with a version, an id or `capi`, or ends with `/events`.
    case unserved

    /// Ids of Meta have up to 20 digits, and versions less.
    private static let digitsMax = 32

    /// Nil for all other paths, and for our own below `/webhooks` and `/v1`. One slash at the end makes no difference.
    init?(_ path: String) {
        var parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst()
        if parts.count > 1, parts.last?.isEmpty == true { parts.removeLast() }
        guard let first = parts.first, let last = parts.last else { return nil }
        // a source or an app may be called `events`
        guard !first.elementsEqual("webhooks".utf8), !first.elementsEqual("v1".utf8) else { return nil }
        let isVersioned = Self.isVersion(first)
        let isGateway = first.elementsEqual("capi".utf8)
        let rest = isVersioned || isGateway ? parts.dropFirst() : parts
        if rest.count == 2, let id = rest.first, Self.isDigits(id), last.elementsEqual("events".utf8) {
            let dataset = String(decoding: id, as: UTF8.self)
            self = isGateway ? .gateway(dataset: dataset) : .events(dataset: dataset)
        } else if isVersioned || isGateway || Self.isDigits(first) || last.elementsEqual("events".utf8) {
            self = .unserved
        } else {
            return nil
        }
    }

    /// `v26.0`.
    private static func isVersion(_ part: Substring.UTF8View) -> Bool {
        guard part.first == UInt8(ascii: "v") else { return false }
        let numbers = part.dropFirst().split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return numbers.count == 2 && numbers.allSatisfy(isDigits)
    }

    private static func isDigits(_ part: Substring.UTF8View) -> Bool {
        (1...digitsMax).contains(part.count) && part.allSatisfy { (0x30...0x39).contains($0) }
    }
}
