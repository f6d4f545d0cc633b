import Listener

/// What is needed of a request once its body is there.
struct ConversionCall: Sendable {
    let dataset: String
    let path: String
    let query: String
    let bearer: String?
    let userAgent: String?
    let remoteAddress: String

    init(head: RequestHead, dataset: String) {
        self.dataset = dataset
        path = head.path
        query = head.query ?? ""
        bearer = head.values(of: "authorization").first.flatMap(Self.token)
        userAgent = head.values(of: "user-agent").first
        remoteAddress = head.remoteAddress
    }

    /// Of `Bearer TOKEN`.
    private static func token(_ header: String) -> String? {
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }
}
