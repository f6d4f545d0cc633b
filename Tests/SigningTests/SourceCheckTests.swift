import Core
import Signing
import Testing

@Suite("Who may send conversions")
struct SourceCheckTests {
    static let now: Int64 = 1_767_225_700
    static let sources = [
        SourceSecrets(name: "open", tokens: ["open-token", "open-token-old"], secrets: [], datasets: ["1"]),
        SourceSecrets(name: "shop", tokens: ["shop-token"], secrets: ["shop-secret"], datasets: ["2", "3"]),
        SourceSecrets(name: "twin", tokens: ["shop-token"], secrets: ["shop-secret"], datasets: ["4"]),
        SourceSecrets(
            name: "rotated", tokens: ["token-new", "token-old"], secrets: ["secret-new", "secret-old"], datasets: ["6"]),
        SourceSecrets(name: "empty", tokens: ["", "empty-secret-token"], secrets: [""], datasets: ["5"]),
    ]

    private func verify(
        _ token: String?, proof: String? = nil, time: String? = nil, dataset: String = "2"
    ) -> Result<VerifiedSource, SourceRefusal> {
        SourceCheck.verify(
            token: token, proof: proof, timeSeconds: time, dataset: dataset, sources: Self.sources, nowSeconds: Self.now)
    }

    private func refusal(_ result: Result<VerifiedSource, SourceRefusal>) -> SourceRefusal? {
        switch result {
        case .success: nil
        case .failure(let refusal): refusal
        }
    }

    private func proof(_ secret: String = "shop-secret", token: String = "shop-token", time: Int64? = nil) -> String {
        time.map { AppSecretProof.hex(token: token, secret: secret, timeSeconds: $0) }
            ?? AppSecretProof.hex(token: token, secret: secret)
    }

    @Test("a token names its source", arguments: ["open-token", "open-token-old"])
    func token(_ token: String) throws {
        let source = try verify(token, dataset: "1").get()
        #expect(source.name == "open")
        #expect(source.dataset == "1")
    }

    @Test(
        "an unknown token is refused",
        arguments: [
            (nil, .tokenMissing), ("", .tokenMissing), ("x", .tokenUnknown), ("shop-toke", .tokenUnknown),
            ("shop-token ", .tokenUnknown),
        ]
            as [(String?, SourceRefusal)])
    func unknown(_ token: String?, _ reason: SourceRefusal) { #expect(refusal(verify(token, proof: proof())) == reason) }

    @Test("without a source every token is unknown")
    func noSources() {
        let result = SourceCheck.verify(token: "t", proof: nil, timeSeconds: nil, dataset: "1", sources: [], nowSeconds: 0)
        #expect(refusal(result) == .tokenUnknown)
    }

    @Test("an empty secret asks for no proof, an empty token matches nothing")
    func empty() {
        #expect(refusal(verify("empty-secret-token", dataset: "5")) == nil)
        #expect(refusal(verify("", dataset: "5")) == .tokenMissing)
    }

    @Test("a source with a secret needs its proof, to the letter")
    func proofs() {
        let right = proof()
        #expect(refusal(verify("shop-token", proof: right)) == nil)
        let wrong: [String?] = [
            proof("wrong-secret"), proof(token: "other"), right.uppercased(), String(right.dropLast()), right + "0", " " + right,
            proof(time: Self.now),
        ]
        for proof in wrong { #expect(refusal(verify("shop-token", proof: proof)) == .proofWrong) }
        #expect(refusal(verify("shop-token")) == .proofMissing)
        #expect(refusal(verify("shop-token", proof: "")) == .proofMissing)
    }

    @Test(
        "while they are rotated every token counts with every secret, and nothing else does",
        arguments: ["token-new", "token-old"], ["secret-new", "secret-old"])
    func rotated(_ token: String, _ secret: String) throws {
        #expect(try verify(token, proof: proof(secret, token: token), dataset: "6").get().name == "rotated")
        let timed = proof(secret, token: token, time: Self.now)
        #expect(refusal(verify(token, proof: timed, time: "\(Self.now)", dataset: "6")) == nil)
        #expect(refusal(verify(token, proof: proof("secret", token: token), dataset: "6")) == .proofWrong)
        #expect(refusal(verify(token, proof: proof(secret, token: "token-other"), dataset: "6")) == .proofWrong)
        #expect(refusal(verify(token, dataset: "6")) == .proofMissing)
        let old = proof(secret, token: token, time: Self.now - 301)
        #expect(refusal(verify(token, proof: old, time: "\(Self.now - 301)", dataset: "6")) == .proofExpired)
    }

    @Test(
        "a timed proof holds five minutes in either direction",
        arguments: [(0, nil), (300, nil), (-300, nil), (301, .proofExpired), (360, .proofExpired), (-301, .proofExpired)]
            as [(Int64, SourceRefusal?)])
    func timed(_ age: Int64, _ reason: SourceRefusal?) {
        let time = Self.now - age
        #expect(refusal(verify("shop-token", proof: proof(time: time), time: "\(time)")) == reason)
    }

    @Test(
        "a time that the proof does not cover is refused",
        arguments: ["", "x", "1767225699", "9223372036854775807", "1767225700.0"])
    func otherTime(_ time: String) {
        #expect(refusal(verify("shop-token", proof: proof(time: Self.now), time: time)) == .proofWrong)
        #expect(refusal(verify("shop-token", proof: proof(), time: "\(Self.now)")) == .proofWrong)
    }

    @Test("a time beyond all numbers is no crash")
    func farTimes() {
        for time in [Int64.min, .max] {
            #expect(refusal(verify("shop-token", proof: proof(time: time), time: "\(time)")) == .proofExpired)
        }
    }

    @Test("a source writes to its own datasets, and one token may belong to two sources")
    func datasets() throws {
        #expect(try verify("shop-token", proof: proof(), dataset: "3").get().name == "shop")
        #expect(try verify("shop-token", proof: proof(), dataset: "4").get().name == "twin")
        #expect(refusal(verify("shop-token", proof: proof(), dataset: "1")) == .datasetForeign)
        #expect(refusal(verify("shop-token", proof: proof("wrong"), dataset: "1")) == .proofWrong)
    }

    @Test("refusals are the Graph API's and name nothing", arguments: SourceRefusal.allCases)
    func answers(_ refusal: SourceRefusal) {
        let error = refusal.json(traceID: "T")["error"]
        #expect(error?["code"]?.integer == Int64(refusal.code))
        #expect(error?["fbtrace_id"] == "T")
        #expect([401, 400].contains(refusal.status))
        #expect(error?["error_subcode"] == (refusal == .datasetForeign ? 33 : nil))
    }
}
