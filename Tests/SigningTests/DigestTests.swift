import Signing
import Testing

@Suite("Digests and proofs")
struct DigestTests {
    @Test(
        "SHA-256 as openssl computes it",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ])
    func sha256(_ text: String, _ hex: String) {
        #expect(SHA256.hex(Array(text.utf8)) == hex)
        #expect(SHA256.digest(Array(text.utf8)).hex == hex)
    }

    @Test("HMAC-SHA-256 as in RFC 4231, case 2")
    func hmac() {
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        #expect(HMACSHA256.hex(key: Array("Jefe".utf8), Array("what do ya want for nothing?".utf8)) == expected)
    }

    @Test("appsecret_proof, plain and timed, as openssl computes it")
    func proof() {
        #expect(
            AppSecretProof.hex(token: "EAAtoken", secret: "app-secret")
                == "9f9f0867bc3df2d00cecd6aa6fb78e65b64c050401bd6ec5b84d98503d443d34")
        #expect(
            AppSecretProof.hex(token: "EAAtoken", secret: "app-secret", timeSeconds: 1_700_000_000)
                == "6c6492caf6eabfe1fb8bd475ebdaf113c87b0af258d84fd4c78994110be752c8")
    }

    @Test("Standard Webhooks: the published vector, and a secret that is not base64")
    func standardWebhooks() {
        #expect(
            StandardWebhooks.signature(
                id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestampSeconds: 1_614_265_330, body: Array(#"{"test": 2432232314}"#.utf8),
                secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        #expect(
            StandardWebhooks.signature(
                id: "msg_1", timestampSeconds: 1_700_000_000, body: Array("{}".utf8), secret: "plain secret")
                == "v1,/flFcbNgBSzf0XQueaRxljo0UdwlymNnKfh0KiZ7mK4=")
    }

    @Test(
        "the key of a Standard Webhooks secret",
        arguments: [
            ("whsec_AQID", [1, 2, 3]), ("whsec_AQI=", [1, 2]), ("whsec_AQ==", [1]), ("abc", [97, 98, 99]),
            ("whsec_", nil), ("whsec_AQI", [1, 2]), ("whsec_AQIDB", nil), ("whsec_A*ID", nil),
        ] as [(String, [UInt8]?)])
    func webhookKey(_ secret: String, _ key: [UInt8]?) { #expect(StandardWebhooks.key(of: secret) == key) }

    @Test(
        "equal in constant time; an empty secret equals nothing",
        arguments: [
            ("meatyhamhock", "meatyhamhock", true), ("meatyhamhock", "meatyhamhoc", false),
            ("Meatyhamhock", "meatyhamhock", false), ("", "a", false), ("", "", false),
        ])
    func constantTime(_ a: String, _ b: String, _ isEqual: Bool) { #expect(constantTimeEqual(a, b) == isEqual) }

    @Test(
        "hex there and back; anything else is nil",
        arguments: [("", [] as [UInt8]?), ("00ff7a", [0, 255, 122]), ("0", nil), ("0g", nil), ("AA", nil)])
    func hex(_ text: String, _ bytes: [UInt8]?) {
        #expect(Hex.bytes(text.utf8) == bytes)
        if let bytes { #expect(Hex.text(bytes) == text) }
    }

    @Test("random bytes differ")
    func random() {
        #expect(RandomBytes.make(16) != RandomBytes.make(16))
        #expect(RandomBytes.hex(8).count == 16)
    }
}
