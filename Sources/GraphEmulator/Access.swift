/// Who asks: the token, where it came from, and whether the proof holds.
struct Access: Sendable {
    enum Place: String, Sendable {
        case header, query, form, none
    }

    enum Proof: String, Sendable {
        case ok, missing, wrong, none
    }

    let place: Place
    /// `ok`, `missing`, `unknown` or a token's state; what the log says.
    let tokenWord: String
    let token: KnownToken?
    let proof: Proof
    /// Why the call is refused before anything else is looked at.
    let failure: GraphFailure?
}

/// The apps and tokens that there are.
struct Doorkeeper: Sendable {
    let apps: [String: String]
    var tokens: [KnownToken]
    let requiresProof: Bool
    /// Plain proofs, which never change.
    private let proofs: [String: String]

    init(apps: [KnownApp], tokens: [KnownToken], requiresProof: Bool) {
        let secrets = Dictionary(apps.map { ($0.id, $0.secret) }) { _, last in last }
        let pairs = tokens.map { ($0.token, Digests.hmac256Hex(key: secrets[$0.app] ?? "", Array($0.token.utf8))) }
        self.apps = secrets
        self.tokens = tokens
        self.requiresProof = requiresProof
        proofs = Dictionary(pairs) { _, last in last }
    }

    /// How long a timed proof holds.
    static let proofSeconds: Int64 = 300

    func access(_ request: GraphRequest, proofNowMs: Int64, nowMs: Int64) -> Access {
        let (place, text) = Self.token(in: request)
        guard let text, !text.isEmpty else {
            let failure: GraphFailure = request.segments.first == "me" ? .noTokenForMe : .noToken
            return Access(place: .none, tokenWord: "missing", token: nil, proof: .none, failure: failure)
        }
        guard let token = tokens.first(where: { $0.token == text }) else {
            return Access(place: place, tokenWord: "unknown", token: nil, proof: .none, failure: .garbledToken)
        }
        let proof = proof(of: token, request, nowMs: proofNowMs)
        let word = token.state == .valid ? "ok" : token.state.rawValue
        let failure = token.state.failure(app: token.app, nowMs: nowMs) ?? proof.failure
        return Access(place: place, tokenWord: word, token: token, proof: proof, failure: failure)
    }

    private static func token(in request: GraphRequest) -> (Access.Place, String?) {
        if let header = request.authorization {
            let parts = header.split(separator: " ", maxSplits: 1)
            if parts.count == 2, ["bearer", "oauth"].contains(parts[0].lowercased()) { return (.header, String(parts[1])) }
        }
        if let text = request.query["access_token"] { return (.query, text) }
        return (.form, request.form["access_token"])
    }

    private func proof(of token: KnownToken, _ request: GraphRequest, nowMs: Int64) -> Access.Proof {
        guard let given = request.parameters["appsecret_proof"] else { return requiresProof ? .missing : .none }
        guard let time = request.parameters["appsecret_time"] else { return given == proofs[token.token] ? .ok : .wrong }
        guard let seconds = Int64(time), abs(nowMs / 1000 - seconds) <= Self.proofSeconds, let secret = apps[token.app] else {
            return .wrong
        }
        return given == Digests.hmac256Hex(key: secret, Array("\(token.token)|\(seconds)".utf8)) ? .ok : .wrong
    }
}

extension Access.Proof {
    fileprivate var failure: GraphFailure? {
        switch self {
        case .ok, .none: nil
        case .missing: .proofMissing
        case .wrong: .proofWrong
        }
    }
}

extension KnownToken.State {
    fileprivate func failure(app: String, nowMs: Int64) -> GraphFailure? {
        let (subcode, reason): (Int, String)
        switch self {
        case .valid: return nil
        case .expired:
            (subcode, reason) = (
                463,
                "Session has expired on \(Moment.long(nowMs - 3_600_000)). The current time is \(Moment.long(nowMs))."
            )
        case .revoked: (subcode, reason) = (467, "The session is invalid because the user logged out.")
        case .passwordChanged:
            (subcode, reason) = (
                460,
                "The session has been invalidated because the user changed their password or Facebook has changed the session "
                    + "for security reasons."
            )
        case .appRemoved: (subcode, reason) = (458, "The user has not authorized application \(app).")
        case .checkpoint:
            (subcode, reason) = (
                459, "You cannot access the app till you log in to www.facebook.com and follow the instructions given."
            )
        case .unconfirmed:
            (subcode, reason) = (464, "Sessions for the user are not allowed because the user is not a confirmed user.")
        case .pageRoleLost: (subcode, reason) = (492, "The user must be an administrator, editor, or moderator of the page.")
        }
        return GraphFailure(code: 190, subcode: subcode, message: "Error validating access token: \(reason)")
    }
}
