package import Listener
package import Signing

/// Why a request to the public port is refused before anything is stored, and with what answer.
///
/// The answer says no more than its status: the reason is in the log, for the operator.
package enum DeliveryRefusal: Error, Equatable, Sendable {
    case unknownPath
    case methodNotAllowed(allowed: String)
    case contentEncoding
    case contentType
    case signature(VerificationError)
    /// `hub.mode` is not `subscribe`, or the verify token is not ours.
    case handshakeToken
    /// `hub.challenge` is missing, repeated, too long or not of the letters that Meta uses.
    case handshakeChallenge
    /// Not exactly one `signed_request`.
    case callbackForm
    case callback(SignedRequestRefusal)
    /// The host that was asked is no plain name, and no `public_url` is configured.
    case host

    package var status: Int {
        switch self {
        case .unknownPath: 404
        case .methodNotAllowed: 405
        case .contentEncoding, .contentType: 415
        case .signature: 401
        case .handshakeToken: 403
        case .handshakeChallenge, .callbackForm, .host: 400
        case .callback(let refusal): refusal == .signatureMismatch ? 401 : 400
        }
    }

    /// Stable word for logs and metrics.
    package var code: String {
        switch self {
        case .unknownPath: "unknown_path"
        case .methodNotAllowed: "method_not_allowed"
        case .contentEncoding: "content_encoding"
        case .contentType: "content_type"
        case .signature(let error): error.code
        case .handshakeToken: "handshake_token"
        case .handshakeChallenge: "handshake_challenge"
        case .callbackForm: "callback_form"
        case .callback(let refusal): refusal.rawValue
        case .host: "host"
        }
    }

    package var reply: Reply {
        switch self {
        case .methodNotAllowed(let allowed): Reply(status: status, headers: [("allow", allowed)], body: [])
        case .unknownPath, .contentEncoding, .contentType, .signature, .handshakeToken, .handshakeChallenge, .callbackForm,
            .callback,
            .host:
            Reply(status: status, headers: [], body: [])
        }
    }
}

extension VerificationError {
    /// Stable word for logs and metrics.
    package var code: String {
        switch self {
        case .signatureMissing: "signature_missing"
        case .signatureRepeated: "signature_repeated"
        case .signatureMalformed: "signature_malformed"
        case .signatureMismatch: "signature_mismatch"
        case .sha1NotAllowed: "sha1_not_allowed"
        case .signatureExpired: "signature_expired"
        }
    }
}

extension Reply {
    /// The delivery is on disk. Meta ignores the body.
    static let stored = Reply(status: 200, headers: [], body: [])
    /// Nothing was stored; the sender tries again.
    static let unavailable = Reply(status: 503, headers: [("retry-after", "5")], body: [])
    /// Whoever asks has as much under way as it may; that is soon less.
    static let overBudget = Reply(status: 503, headers: [("retry-after", "1")], body: [])
    /// Too much is stored and undone, or the disk is nearly full; that takes a while.
    static let underPressure = Reply(status: 503, headers: [("retry-after", "30")], body: [])

    static func text(_ status: Int, _ text: String) -> Reply {
        Reply(
            status: status, headers: [("content-type", "text/plain; charset=utf-8"), ("x-content-type-options", "nosniff")],
            body: Array(text.utf8))
    }
}
