import Signing
import TestSupport
import Testing

@Suite("Signatures of shops and CRMs")
struct ShopSignatureTests {
    private static let source = SourceSecrets(
        name: "shop", tokens: [], secrets: ["new-secret", Fixture.secret], datasets: ["987"])

    private static func verify(_ values: [String], _ body: [UInt8], dataset: String? = "987", source: SourceSecrets? = source)
        -> Result<String, VerificationError>
    {
        ShopSignature.verify(values, body: body, source: source, dataset: dataset).map(\.name)
    }

    @Test(
        "openssl's signature over the bytes is right, by either of two secrets",
        arguments: [
            "shopify-order", "shopify-refund", "woocommerce-order",
        ])
    func fixtures(name: String) throws {
        let body = try Fixture.bytes("orders/\(name).json")
        let signature = String(decoding: try Fixture.bytes("orders/\(name).hmac"), as: UTF8.self).split(separator: "\n")[0]
        let text = String(signature)
        #expect(Self.verify([text], body) == .success("shop"))
        #expect(Self.verify([text], body.dropLast()) == .failure(.signatureMismatch))
        #expect(Self.verify([text], body + [0x20]) == .failure(.signatureMismatch))
        #expect(Self.verify([text, text], body) == .failure(.signatureRepeated))
        #expect(Self.verify([text], body, dataset: "1") == .failure(.signatureMismatch))
        #expect(Self.verify([text], body, source: nil) == .failure(.signatureMismatch))
        let others = [[], ["x"], ["", ""]].map { SourceSecrets(name: "a", tokens: [], secrets: $0, datasets: ["987"]) }
        for other in others { #expect(Self.verify([text], body, source: other) == .failure(.signatureMismatch)) }
    }

    @Test(
        "what is no signature is refused by its kind",
        arguments: [
            ([], VerificationError.signatureMissing), ([""], .signatureMissing), (["AAAA"], .signatureMalformed),
            (["sha256=00"], .signatureMalformed), ([String(repeating: "A", count: 43)], .signatureMismatch),
            ([String(repeating: "A", count: 4_096)], .signatureMalformed),
        ])
    func malformed(values: [String], error: VerificationError) {
        #expect(Self.verify(values, [1, 2]) == .failure(error))
    }

    // MARK: Standard Webhooks

    /// The example of the specification: <https://github.com/standard-webhooks/standard-webhooks>, libraries' tests.
    private static let standard = (
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek", time: Int64(1_614_265_330), body: Array(#"{"test": 2432232314}"#.utf8),
        secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )

    private static func standard(
        _ signature: [String], secrets: [String] = ["old", standard.secret], atSeconds: Int64 = standard.time,
        time: [String]? = nil
    ) -> Result<String, VerificationError> {
        let source = SourceSecrets(name: "crm", tokens: [], secrets: secrets, datasets: ["987"])
        let headers = StandardWebhooks.Headers(
            id: [standard.id], timestamp: time ?? ["\(standard.time)"], signature: signature)
        return StandardWebhooks.verify(headers, body: standard.body, source: source, dataset: "987", nowSeconds: atSeconds)
            .map(\.name)
    }

    @Test("a webhook is believed by the specification's own example, within five minutes, by any signature and secret")
    func standardWebhooks() {
        let right = Self.standard.signature
        #expect(Self.standard([right]) == .success("crm"))
        #expect(Self.standard(["v1,AAAA v2,x \(right)"]) == .success("crm"))
        for seconds in [-300, 300] as [Int64] {
            #expect(Self.standard([right], atSeconds: Self.standard.time + seconds) == .success("crm"))
        }
        for seconds in [-301, 301, .max] as [Int64] {
            let atSeconds = seconds == .max ? seconds : Self.standard.time + seconds
            #expect(Self.standard([right], atSeconds: atSeconds) == .failure(.signatureExpired))
        }
        #expect(Self.standard([right], secrets: ["whsec_AAAA", "whsec_%%%"]) == .failure(.signatureMismatch))
        #expect(Self.standard([right], time: ["1614265331"]) == .failure(.signatureMismatch))
        #expect(Self.standard([]) == .failure(.signatureMissing))
        #expect(Self.standard([right, right]) == .failure(.signatureRepeated))
        #expect(Self.standard(["v1a,AAAA"]) == .failure(.signatureMalformed))
        #expect(Self.standard([right], time: ["now"]) == .failure(.signatureMalformed))
        let made = StandardWebhooks.signature(
            id: Self.standard.id, timestampSeconds: Self.standard.time, body: Self.standard.body, secret: Self.standard.secret)
        #expect(made == right)
    }
}
