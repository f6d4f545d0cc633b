package import Core
import NIOSSL
import Signing

/// How a destination wants what it gets.
package enum DestinationForm: String, Sendable, CaseIterable {
    /// JSON with a Standard Webhooks signature.
    case json
    /// `{"text": …}`.
    case slack
    /// The webhook as Meta sent it, byte for byte.
    case received
}

/// A place outside that the configuration names. Nothing else is ever sent to.
///
/// Descriptions and reflection show the name only: the URL of a chat is a secret.
package struct Destination: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package let name: String
    package let form: DestinationForm
    package let timeoutMs: Int64
    package let perSecond: Int
    /// When it is left alone for a while.
    package let breaker: BreakerPolicy
    let target: Target
    let secret: String?
    let headers: [(name: String, value: String)]
    let roots: Roots
    let policy: AddressPolicy

    /// Throws the first fault in words for an operator.
    ///
    /// A URL that itself names a loopback address may be dialled there; `allowPrivate` opens loopback, private and link-local
    /// ones too.
    package init(
        name: String, url: String, form: DestinationForm = .json, secret: String? = nil, timeoutMs: Int64 = 10_000,
        perSecond: Int = 10,
        breaker: BreakerPolicy = BreakerPolicy(), allowPrivate: Bool = false, headers: [(name: String, value: String)] = [],
        rootsFile: String? = nil
    ) throws(DestinationFault) {
        self.name = name
        self.form = form
        self.target = try Target(url)
        guard (1...Limits.outgoingCallMs).contains(timeoutMs) else {
            throw DestinationFault("The timeout must be between 1 ms and \(Limits.outgoingCallMs / 1_000) s.")
        }
        guard (1...10_000).contains(perSecond) else { throw DestinationFault("per_second must be between 1 and 10000.") }
        self.timeoutMs = timeoutMs
        self.perSecond = perSecond
        guard breaker.after >= 1, breaker.forMs >= 1 else { throw DestinationFault("breaker: after and for must be above 0.") }
        self.breaker = breaker
        if let secret, secret.isEmpty || StandardWebhooks.key(of: secret) == nil {
            throw DestinationFault("The secret is empty, or begins with whsec_ and is not base64 after it.")
        }
        self.secret = secret
        self.headers = try Self.checked(headers)
        self.roots = try Roots(file: rootsFile)
        self.policy = AddressPolicy(allowPrivate: allowPrivate, allowLoopback: target.isLoopback, onlyLoopback: !target.isSecure)
    }

    package var description: String { "Destination(\(name))" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["name": name]) }

    /// Framing and signatures are ours; a header that could change them, or smuggle another, is refused.
    private static let own: Set<String> = [
        "host", "content-length", "content-type", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade",
        "expect",
        "proxy-authorization", "proxy-connection", "webhook-id", "webhook-timestamp", "webhook-signature", "x-hub-signature",
        "x-hub-signature-256", "traceparent", "tracestate",
    ]

    private static func checked(_ headers: [(name: String, value: String)]) throws(DestinationFault) -> [(
        name: String, value: String
    )] {
        for header in headers {
            guard !header.name.isEmpty, header.name.utf8.allSatisfy(isTokenByte) else {
                throw DestinationFault("A header has no valid name.")
            }
            guard !own.contains(header.name.lowercased()) else {
                throw DestinationFault("The header \(header.name) can't be set.")
            }
            guard header.value.utf8.allSatisfy({ $0 == 9 || ($0 >= 32 && $0 != 127) }) else {
                throw DestinationFault("The value of the header \(header.name) has a line break or another control character.")
            }
        }
        return headers
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case _: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}

/// What is wrong with a destination, in words for the person who wrote it. Holds neither URL nor secret.
package struct DestinationFault: Error, Equatable {
    package let sentence: String

    init(_ sentence: String) { self.sentence = sentence }
}

/// Certificates trusted instead of the system's; none: the system's.
struct Roots: Sendable {
    let file: String?
    let certificates: [NIOSSLCertificate]

    init(file: String?) throws(DestinationFault) {
        self.file = file
        guard let file else {
            certificates = []
            return
        }
        guard let found = try? NIOSSLCertificate.fromPEMFile(file), !found.isEmpty else {
            throw DestinationFault("No certificate could be read from \(file).")
        }
        certificates = found
    }
}
