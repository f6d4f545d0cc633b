import Core
import Listener

/// What is needed of a request once its body is there.
struct ConversionCall: Sendable {
    let entrance: ConversionEntrance
    let dataset: String
    let encoding: ConversionRequest.Encoding
    let query: String
    let bearer: String?
    let userAgent: String?
    let remoteAddress: String
    /// As which path the request is kept: one that names its dataset to whoever reads it later, whatever was asked for.
    let target: String

    init(head: RequestHead, entrance: ConversionEntrance, dataset: String, encoding: ConversionRequest.Encoding) {
        self.entrance = entrance
        self.dataset = dataset
        self.encoding = encoding
        query = head.query ?? ""
        bearer = head.values(of: "authorization").first.flatMap(Self.token)
        userAgent = head.values(of: "user-agent").first
        remoteAddress = head.remoteAddress
        target = ConversionDecoder.dataset(ofTarget: head.path) == dataset ? head.path : "/\(dataset)/events"
    }

    /// `?validate=only` at our own entrance: everything is looked at, and nothing is stored.
    var isTrial: Bool {
        guard case .own = entrance else { return false }
        return QueryItems(query).values(of: "validate", or: "validate").last == "only"
    }

    /// Of `Bearer TOKEN`.
    static func token(_ header: String) -> String? {
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }
}
