import Core

/// By which entrance conversions come.
enum ConversionEntrance: Sendable {
    /// The events edge of the Graph API.
    case graph
    /// Meta's Conversions API Gateway, `/capi/{dataset}/events`.
    case gateway
    /// Our own, `/v1/conversions/{source}`, for a backend without an SDK.
    case own(source: String)

    var dialect: ConversionRequest.Dialect {
        switch self {
        case .graph, .own: .graph
        case .gateway: .gateway
        }
    }

    /// The status of a request that was taken. The SDKs' class for the gateway takes everything but 202 for a refusal.
    var status: Int {
        switch self {
        case .graph, .own: 200
        case .gateway: 202
        }
    }

    /// Whether a source with a secret has to send a proof.
    ///
    /// Not at the gateway: `CAPIGatewayEndpoint` of the SDKs knows an address and an `accessKey`, and has no place for an app's secret. Its
    /// token is asked for all the same. So who has a source's token, but not its secret, can send by this entrance and by no other; and a
    /// shop or a CRM, whose webhooks are signed, is not known here at all.
    var isProofAsked: Bool {
        switch self {
        case .graph, .own: true
        case .gateway: false
        }
    }

    /// Whether a source of that kind may come by this entrance.
    func isOpen(to kind: SourceKind) -> Bool { isProofAsked || kind == .sdk }

    /// The token that counts, of those that stand in the parameters and in the Authorization header.
    func token(_ parameter: String?, bearer: String?) -> String? {
        switch self {
        case .graph, .gateway: parameter ?? bearer
        case .own: bearer
        }
    }

    /// The one source that may come by this entrance; nil: any.
    var source: String? {
        switch self {
        case .graph, .gateway: nil
        case .own(let source): source
        }
    }
}
