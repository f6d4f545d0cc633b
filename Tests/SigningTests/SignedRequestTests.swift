import Core
import Foundation
import Signing
import Testing

@Suite("Signed requests")
struct SignedRequestTests {
    static let secret = "app-secret-0123456789"

    private func signed(_ payload: String, secret: String = Self.secret) -> String {
        let encoded = Data(payload.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing(
            "=", with: "")
        let signature = HMACSHA256.bytes(key: Array(secret.utf8), Array(encoded.utf8))
        return Data(signature).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_") + "." + encoded
    }

    private func verify(_ text: String, secrets: [String] = [Self.secret]) -> Result<VerifiedCallback, SignedRequestRefusal> {
        SignedRequest.verify(text, apps: [AppSecrets(app: "other", secrets: ["x"]), AppSecrets(app: "main", secrets: secrets)])
    }

    private func refusal(_ result: Result<VerifiedCallback, SignedRequestRefusal>) -> SignedRequestRefusal? {
        switch result {
        case .success: nil
        case .failure(let refusal): refusal
        }
    }

    @Test("the vectors are there")
    func vectorsAreThere() { #expect(SignedRequestVector.all.count == 5) }

    @Test("a published vector is believed or refused as published", arguments: SignedRequestVector.all)
    func vector(_ vector: SignedRequestVector) throws {
        let result = verify(vector.text, secrets: ["rotated", vector.secret])
        guard vector.valid else {
            #expect(refusal(result) == .signatureMismatch)
            return
        }
        let callback = try result.get()
        #expect(callback.app == "main")
        #expect(callback.payload == vector.payload)
        #expect(callback.userID == vector.payload["user_id"]?.text ?? vector.payload["user_id"]?.integer.map(String.init))
        #expect(callback.issuedAtSeconds == vector.payload["issued_at"]?.integer)
        #expect(callback.expiresSeconds == vector.payload["expires"]?.integer)
    }

    @Test(
        "what is no signed request is refused",
        arguments: [
            "", ".", "a", "a.", ".a", "a.b.c", "a..b", "é.YQ", "YQ.é", "YQ.Y", "YQ ==.YQ", "=.YQ", "YQ.====", "Y=Q.YQ",
        ])
    func malformed(_ text: String) { #expect(refusal(verify(text)) == .malformed) }

    @Test("a changed character of either part is refused")
    func flipped() {
        let text = Array(signed(#"{"user_id":"1","algorithm":"HMAC-SHA256","issued_at":1}"#).utf8)
        for place in text.indices where text[place] != UInt8(ascii: ".") && text[place] != UInt8(ascii: "=") {
            var changed = text
            changed[place] = changed[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            let isTail = place == 42  // the last character of the signature carries two bits that no byte has
            if !isTail { #expect(refusal(verify(String(decoding: changed, as: UTF8.self))) != nil, "place \(place)") }
        }
    }

    @Test(
        "a payload that says nothing of use is refused, though it is signed",
        arguments: [
            ("nothing", .payloadUnreadable), ("[]", .payloadUnreadable), (#"{"user_id":"1"}"#, .algorithmUnknown),
            (#"{"user_id":"1","algorithm":"none"}"#, .algorithmUnknown),
            (#"{"user_id":"1","algorithm":"HMAC-SHA1"}"#, .algorithmUnknown),
            (#"{"algorithm":"HMAC-SHA256"}"#, .userMissing), (#"{"algorithm":"HMAC-SHA256","user_id":""}"#, .userMissing),
            (#"{"algorithm":"HMAC-SHA256","user_id":null}"#, .userMissing),
            (#"{"algorithm":"HMAC-SHA256","user_id":"John Smith"}"#, .userMissing),
            (#"{"algorithm":"hmac-sha256","user_id":"0"}"#, nil), (#"{"algorithm":"HMAC-SHA256","user_id":0}"#, nil),
            (#"{"algorithm":"HMAC-SHA256","user_id":218471}"#, nil),
        ] as [(String, SignedRequestRefusal?)])
    func payload(_ payload: String, _ reason: SignedRequestRefusal?) { #expect(refusal(verify(signed(payload))) == reason) }

    @Test("no secret, no belief", arguments: [[], [""]])
    func noSecret(_ secrets: [String]) {
        let text = signed(#"{"algorithm":"HMAC-SHA256","user_id":"1"}"#, secret: "")
        #expect(refusal(SignedRequest.verify(text, apps: [AppSecrets(app: "main", secrets: secrets)])) == .signatureMismatch)
    }

    @Test("what is kept of a callback is who and when, no token")
    func envelope() throws {
        let text = signed(#"{"algorithm":"HMAC-SHA256","user_id":218471,"issued_at":1291836800,"oauth_token":"Canary"}"#)
        let envelope = Envelope(callback: try verify(text).get(), target: "/callbacks/meta/deauthorize?x=1")
        #expect(envelope.kind == .callback)
        #expect(envelope.app == "main")
        #expect(envelope.request.target == "/callbacks/meta/deauthorize")
        #expect(String(decoding: envelope.request.body, as: UTF8.self) == #"{"issued_at":1291836800,"user_id":"218471"}"#)
    }
}
