import HTTPTypes
import Hummingbird

/// Tells who is asking, by bearer token or by session cookie, and what they may.
struct Gatekeeper: Sendable {
    /// A request of another site can't carry it: browsers ask first, and are not answered.
    static let ownHeader = HTTPField.Name("X-Touchstone")!

    let tokens: TokenBook
    let sessions: Sessions
    let isTLS: Bool

    /// With TLS the browser itself sees to it that no other host and no plain connection has set it.
    var cookieName: String { isTLS ? "__Host-touchstone" : "touchstone" }

    func caller(token: String) -> Caller? { tokens.caller(token: token) }

    /// From here on only these tokens count. Who logged in with one before has to do so again.
    func adopt(_ next: [AdminToken]) {
        guard tokens.replace(next) else { return }
        sessions.closeAll()
    }

    /// Throws the problem when the caller is nobody, or may not. A cookie that is to change something needs `ownHeader` beside it.
    func admit(_ request: Request, to endpoint: Endpoint, nowMs: Int64) throws(Problem) -> Caller? {
        guard let need = endpoint.access.need else { return nil }
        let caller: Caller
        if let header = request.headers[.authorization] {
            let parts = header.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "bearer", let found = self.caller(token: String(parts[1])) else {
                throw .unauthorized
            }
            caller = found
        } else {
            guard let id = cookie(of: request), let found = sessions.caller(id, nowMs: nowMs)?.caller else { throw .unauthorized }
            guard endpoint.method == .get || request.headers[Self.ownHeader] != nil else {
                throw Problem(
                    .forbidden, code: "header_missing",
                    message: "With a session, what changes something needs the header X-Touchstone.",
                    param: "X-Touchstone")
            }
            caller = found
        }
        guard need == .read || caller.may == .act else { throw .mayOnlyRead }
        return caller
    }

    /// The session's id; nil when there is no cookie of ours.
    func cookie(of request: Request) -> String? {
        for header in request.headers[values: .cookie] {
            for pair in header.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, parts[0].drop(while: { $0 == " " }) == cookieName else { continue }
                return String(parts[1])
            }
        }
        return nil
    }

    /// `id` empty: the cookie goes.
    func setCookie(_ id: String, seconds: Int64) -> String {
        "\(cookieName)=\(id); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Strict" + (isTLS ? "; Secure" : "")
    }
}

extension Problem {
    static let unauthorized = Problem(
        .unauthorized, code: "token_refused", message: "Send an admin token as \"Authorization: Bearer …\", or log in.")
    static let mayOnlyRead = Problem(
        .forbidden, code: "act_required", message: "This token may only read; it takes one that may act.")
}
