import Intake
import TestSupport
import Testing

@Suite("Handshake")
struct HandshakeTests {
    private static let token = "correct horse"

    /// Query, and the status of the answer; 200 comes with the challenge `1158201444`.
    static let queries: [(String, Int)] = [
        ("hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=correct%20horse", 200),
        ("hub.verify_token=correct+horse&hub.challenge=1158201444&hub.mode=subscribe", 200),
        ("hub_mode=subscribe&hub_challenge=1158201444&hub_verify_token=correct%20horse", 200),
        ("hub%2Emode=subscribe&hub%2echallenge=1158201444&hub.verify_token=correct%20horse", 200),
        ("hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=correct%20horse&utm=1", 200),
        ("hub.mode=unsubscribe&hub.challenge=1158201444&hub.verify_token=correct%20horse", 403),
        ("hub.mode=SUBSCRIBE&hub.challenge=1158201444&hub.verify_token=correct%20horse", 403),
        ("hub.challenge=1158201444&hub.verify_token=correct%20horse", 403),
        ("hub.mode=subscribe&hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=correct%20horse", 403),
        ("hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=correct%20hors", 403),
        ("hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=Correct%20horse", 403),
        ("hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=", 403),
        ("hub.mode=subscribe&hub.challenge=1158201444", 403),
        ("hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=correct%20horse&hub.verify_token=x", 403),
        ("hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=correct%20horse&hub_verify_token=correct%20horse", 403),
        ("hub.mode=subscribe&hub.verify_token=correct%20horse", 400),
        ("hub.mode=subscribe&hub.challenge=&hub.verify_token=correct%20horse", 400),
        ("hub.mode=subscribe&hub.challenge=1158201444&hub.challenge=1158201444&hub.verify_token=correct%20horse", 400),
        ("hub.mode=subscribe&hub.challenge=1158201444&hub_challenge=2&hub.verify_token=correct%20horse", 400),
        ("hub.mode=subscribe&hub.challenge=%3Cscript%3E&hub.verify_token=correct%20horse", 400),
        ("hub.mode=subscribe&hub.challenge=11582%0d%0a01444&hub.verify_token=correct%20horse", 400),
        ("hub.mode=subscribe&hub.challenge=\(String(repeating: "7", count: 257))&hub.verify_token=correct%20horse", 400),
        ("", 403),
        ("&&==&", 403),
    ]

    @Test("a query gets the verdict that it deserves", arguments: queries)
    func verdict(query: String, status: Int) {
        switch Handshake(query: query).verdict(verifyTokens: ["another", Self.token]) {
        case .challenge(let challenge):
            #expect(status == 200)
            #expect(challenge == "1158201444")
        case .refused(let refusal):
            #expect(refusal.status == status)
        }
    }

    @Test("a challenge of 256 letters is answered whole")
    func longest() {
        let challenge = String(repeating: "a", count: 256)
        let query = "hub.mode=subscribe&hub.challenge=\(challenge)&hub.verify_token=correct+horse"
        #expect(Handshake(query: query).verdict(verifyTokens: [Self.token]) == .challenge(challenge))
    }

    @Test("an empty verify token matches nothing, configured or sent", arguments: ["", "hub.verify_token=", "hub.verify_token"])
    func empty(part: String) {
        let query = "hub.mode=subscribe&hub.challenge=1&\(part)"
        #expect(Handshake(query: query).verdict(verifyTokens: [""]) == .refused(.handshakeToken))
    }

    @Test("over TLS: the challenge and nothing else, as plain text that no browser guesses at")
    func overTheWire() async throws {
        let port = try await PublicPort.start([PublicPort.app(verifyToken: Self.token)])
        let answers = try await port.curl.send(Self.queries.map { WebRequest("GET", "/webhooks/meta?\($0.0)") })
        for ((query, status), answer) in zip(Self.queries, answers) {
            #expect(answer.status == status, "\(query)")
            #expect(answer.body == (status == 200 ? "1158201444" : ""), "\(query)")
            guard status == 200 else { continue }
            #expect(answer.values(of: "content-type").first?.hasPrefix("text/plain") == true)
            #expect(answer.values(of: "x-content-type-options") == ["nosniff"])
        }
        #expect(!port.log.lines.contains { $0.contains("horse") || $0.contains("1158201444") })
        #expect(try await port.stored().isEmpty)
        await port.stop()
    }
}
