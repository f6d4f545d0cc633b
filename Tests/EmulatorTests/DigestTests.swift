import Testing

@testable import GraphEmulator

@Suite("Digests, against openssl")
struct DigestTests {
    @Test(
        "SHA-256 of messages of every padding",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (String(repeating: "0", count: 199) + "7", "151aec87042e841d1d50737ebe7c5313e5b5b5b11a7549508d65efb33f0a3899"),
            (String(repeating: "0", count: 118) + "7", "177cd8039e498f531aa85ba1dcccff2773ecd1d711ec3710872903a547f6b3d4"),
        ])
    func sha256(_ message: String, _ digest: String) {
        #expect(Digests.hex(Digests.sha256(Array(message.utf8))) == digest)
    }

    @Test(
        "SHA-1",
        arguments: [
            ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (String(repeating: "0", count: 118) + "7", "d9a0e3b1c988b32611fcacad788f39aa7e6cd2c9"),
        ])
    func sha1(_ message: String, _ digest: String) {
        #expect(Digests.hex(Digests.sha1(Array(message.utf8))) == digest)
    }

    @Test("HMAC with a key longer than a block")
    func longKey() {
        let key = String(repeating: "0", count: 99) + "3"
        #expect(
            Digests.hmac256Hex(key: key, Array("x".utf8)) == "ebcab34dd1c1bdfee0fb8217223ecdd0d9ec6552e3c438c4e573e81e6968f22d")
    }

    private static let body = Array(#"{"object":"page","t":"\u00fc\/"}"#.utf8)

    @Test(
        "a webhook's signature header",
        arguments: [
            (
                Delivery.Signature.valid, "X-Hub-Signature-256",
                "sha256=b2f545cbfd95ad1f2ce33cea37be0a4f2e8c3d3da1b074abbcdc46691ae81e0a"
            ),
            (.wrong, "X-Hub-Signature-256", "sha256=b2f545cbfd95ad1f2ce33cea37be0a4f2e8c3d3da1b074abbcdc46691ae81e00"),
            (.sha1, "X-Hub-Signature", "sha1=fc7e5a100c1b0d7171eb13d0ddc63dfd20d2c920"),
            (.malformed, "X-Hub-Signature-256", "sha256=nonsense"),
        ])
    func signature(_ kind: Delivery.Signature, _ name: String, _ value: String) {
        let header = Delivery(url: "", body: Self.body, signature: kind).signatureHeader(secret: "app-secret-1")
        #expect(header?.name == name)
        #expect(header?.value == value)
    }

    @Test("a delivery of an object is written as Meta writes it")
    func metaStyle() throws {
        let document: Value = ["url": "http://127.0.0.1:1", "app": "123", "object": ["object": "page", "t": "ü/"]]
        #expect(try #require(Delivery(document)).body == Self.body)
    }
}
