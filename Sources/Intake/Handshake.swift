import Signing

/// Meta's check that a callback is ours: `GET ?hub.mode=subscribe&hub.verify_token=…&hub.challenge=…`.
///
/// Source: <https://developers.facebook.com/docs/graph-api/webhooks/getting-started>. Some gateways turn dots into underscores; both are read.
package struct Handshake: Sendable {
    package enum Verdict: Equatable, Sendable {
        /// Answer exactly this.
        case challenge(String)
        case refused(DeliveryRefusal)
    }

    private let modes: [String]
    private let tokens: [String]
    private let challenges: [String]
    /// Meta's challenges are ten digits or a short random text.
    private static let challengeBytesMax = 256

    package init(query: String) {
        let items = QueryItems(query)
        modes = items.values(of: "hub.mode", or: "hub_mode")
        tokens = items.values(of: "hub.verify_token", or: "hub_verify_token")
        challenges = items.values(of: "hub.challenge", or: "hub_challenge")
    }

    /// Every configured token is compared, in constant time; an empty one matches nothing.
    package func verdict(verifyTokens: [String]) -> Verdict {
        guard modes == ["subscribe"], tokens.count == 1 else { return .refused(.handshakeToken) }
        let isOurs = verifyTokens.reduce(false) { found, token in constantTimeEqual(tokens[0], token) || found }
        guard isOurs else { return .refused(.handshakeToken) }
        guard challenges.count == 1, Self.isPlain(challenges[0]) else { return .refused(.handshakeChallenge) }
        return .challenge(challenges[0])
    }

    private static func isPlain(_ challenge: String) -> Bool {
        (1...challengeBytesMax).contains(challenge.utf8.count)
            && challenge.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                case UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"): true
                case _: false
                }
            }
    }
}
