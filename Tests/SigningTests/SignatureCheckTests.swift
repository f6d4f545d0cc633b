import Core
import Signing
import Testing

@Suite("The verdict over a delivery")
struct SignatureCheckTests {
    static let secret = "app-secret-0123456789"
    static let body = Array(#"{"object":"page","entry":[{"id":"1","time":1700000000,"changes":[{"field":"leadgen"}]}]}"#.utf8)
    static var signature: String { "sha256=" + HMACSHA256.hex(key: Array(secret.utf8), body) }

    private func verdict(
        body: [UInt8] = Self.body, header256: [String] = [], header1: [String] = [], apps: [AppSecrets]? = nil, pieces: Int = 1
    ) -> Result<Verified, VerificationError> {
        let request = CapturedRequest(method: "POST", target: "/webhooks/meta", headers: [], body: body)
        let check = SignatureCheck(
            apps: apps ?? [AppSecrets(app: "main", secrets: [Self.secret])], header256: header256, header1: header1)
        for start in stride(from: 0, to: body.count, by: max(1, pieces)) {
            body[start..<min(body.count, start + max(1, pieces))].withUnsafeBytes { check.update($0) }
        }
        return check.finish(request)
    }

    private func app(_ result: Result<Verified, VerificationError>) -> String? { try? result.get().app }

    private func reason(_ result: Result<Verified, VerificationError>) -> VerificationError? {
        switch result {
        case .success: nil
        case .failure(let error): error
        }
    }

    @Test("the vectors are there")
    func vectorsAreThere() { #expect(HubVector.all.count >= 9) }

    @Test("a published vector is believed or refused as published", arguments: HubVector.all)
    func vector(_ vector: HubVector) {
        let apps = [AppSecrets(app: "main", secrets: [vector.secret], allowSHA1: true)]
        let result = verdict(
            body: vector.body, header256: vector.header256, header1: vector.header1, apps: apps, pieces: vector.body.count)
        #expect((app(result) == "main") == vector.valid)
        #expect(reason(result) == (vector.valid ? nil : .signatureMismatch))
    }

    @Test("a body that comes in pieces of any size gives the same verdict", arguments: [1, 2, 7, 63, 64, 65, 1000])
    func pieces(_ size: Int) { #expect(app(verdict(header256: [Self.signature], pieces: size)) == "main") }

    @Test("every single flipped bit of the body is refused")
    func flippedBody() {
        for bit in 0..<(Self.body.count * 8) {
            var body = Self.body
            body[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(
                reason(verdict(body: body, header256: [Self.signature], pieces: body.count)) == .signatureMismatch, "bit \(bit)")
        }
    }

    @Test("every single flipped bit of the header is refused")
    func flippedHeader() {
        for bit in 0..<(Self.signature.utf8.count * 8) {
            var bytes = Array(Self.signature.utf8)
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            let header = String(decoding: bytes, as: UTF8.self)
            #expect(app(verdict(header256: [header], pieces: Self.body.count)) == nil, "bit \(bit)")
        }
    }

    @Test("every single flipped bit of the secret is refused")
    func flippedSecret() {
        for bit in 0..<(Self.secret.utf8.count * 8) where bit % 8 != 7 {
            var bytes = Array(Self.secret.utf8)
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            let apps = [AppSecrets(app: "main", secrets: [String(decoding: bytes, as: UTF8.self)])]
            #expect(
                reason(verdict(header256: [Self.signature], apps: apps, pieces: Self.body.count)) == .signatureMismatch,
                "bit \(bit)")
        }
    }

    @Test(
        "a malformed header is refused before the body",
        arguments: [
            "", "sha256=", String(signature.dropLast()), signature + "0", signature.uppercased(),
            "sha256=" + signature.dropFirst(7).uppercased(),
            String(signature.dropFirst(7)), " " + signature, signature + " ", "sha1=" + signature.dropFirst(7),
            "SHA256=" + signature.dropFirst(7),
            signature + "," + signature, "sha256=" + String(repeating: "g", count: 64),
            "sha256=" + String(repeating: "é", count: 32),
        ])
    func malformed(_ header: String) {
        let check = SignatureCheck(apps: [AppSecrets(app: "main", secrets: [Self.secret])], header256: [header], header1: [])
        #expect(check.refusal == .signatureMalformed)
        #expect(reason(verdict(header256: [header])) == .signatureMalformed)
    }

    @Test("a signature given twice is refused, even when both are right")
    func repeated() { #expect(reason(verdict(header256: [Self.signature, Self.signature])) == .signatureRepeated) }

    @Test("no signature is refused")
    func missing() { #expect(reason(verdict()) == .signatureMissing) }

    @Test("SHA-1 counts only where an app allows it and no SHA-256 header is there")
    func sha1() throws {
        let vector = try #require(HubVector.all.first { $0.name == "facebook-rs-sha1" })
        let strict = AppSecrets(app: "strict", secrets: [vector.secret])
        let lenient = AppSecrets(app: "lenient", secrets: [vector.secret], allowSHA1: true)
        #expect(reason(verdict(body: vector.body, header1: vector.header1, apps: [strict])) == .sha1NotAllowed)
        #expect(app(verdict(body: vector.body, header1: vector.header1, apps: [strict, lenient])) == "lenient")
        let wrong256 = "sha256=" + String(repeating: "0", count: 64)
        #expect(
            reason(verdict(body: vector.body, header256: [wrong256], header1: vector.header1, apps: [lenient]))
                == .signatureMismatch)
        #expect(
            reason(verdict(body: vector.body, header1: vector.header1 + vector.header1, apps: [lenient])) == .signatureRepeated)
        #expect(reason(verdict(body: vector.body, header1: [vector.headerValue + "0"], apps: [lenient])) == .signatureMalformed)
    }

    @Test("each of eight secrets of four apps is tried, and the match names the app", arguments: 0..<8)
    func rotation(_ place: Int) {
        let apps = (0..<4).map { n in
            AppSecrets(app: "app\(n)", secrets: (0..<2).map { n * 2 + $0 == place ? Self.secret : "other\(n)\($0)" })
        }
        #expect(app(verdict(header256: [Self.signature], apps: apps)) == "app\(place / 2)")
    }

    @Test("an empty secret verifies nothing")
    func emptySecret() {
        let header = "sha256=" + HMACSHA256.hex(key: [], Self.body)
        #expect(reason(verdict(header256: [header], apps: [AppSecrets(app: "main", secrets: [""])])) == .signatureMismatch)
        #expect(reason(verdict(header256: [header], apps: [])) == .signatureMismatch)
    }

    @Test("a body other than the one that was fed is a mismatch")
    func otherBody() {
        let check = SignatureCheck(
            apps: [AppSecrets(app: "main", secrets: [Self.secret])], header256: [Self.signature], header1: [])
        Self.body.withUnsafeBytes { check.update($0) }
        #expect(
            reason(check.finish(CapturedRequest(method: "POST", target: "/", headers: [], body: Self.body + [0])))
                == .signatureMismatch)
    }

    @Test("checks that run interleaved, or are dropped half-way, do not disturb each other")
    func interleaved() {
        let apps = [AppSecrets(app: "main", secrets: [Self.secret])]
        let request = CapturedRequest(method: "POST", target: "/", headers: [], body: Self.body)
        for _ in 0..<100 {
            let dropped = SignatureCheck(apps: apps, header256: [Self.signature], header1: [])
            Self.body.prefix(10).withUnsafeBytes { dropped.update($0) }
        }
        let checks = (0..<100).map { _ in SignatureCheck(apps: apps, header256: [Self.signature], header1: []) }
        for check in checks { Self.body.prefix(10).withUnsafeBytes { check.update($0) } }
        for check in checks { Self.body.dropFirst(10).withUnsafeBytes { check.update($0) } }
        for check in checks { #expect(app(check.finish(request)) == "main") }
    }

    @Test("a captured request survives encoding and verifies again")
    func capturedAgain() throws {
        let request = CapturedRequest(
            method: "POST", target: "/webhooks/meta?x=é",
            headers: [("X-Hub-Signature-256", Self.signature), ("Authorization", "secret"), ("User-Agent", "Webhooks/1.1")],
            body: Self.body)
        let decoded = try #require(CapturedRequest.decode(request.encode()))
        #expect(decoded == request)
        #expect(decoded.headers.map(\.name) == ["x-hub-signature-256", "user-agent"])
        let apps = [AppSecrets(app: "main", secrets: [Self.secret])]
        #expect(app(verifyAgain(decoded, apps: apps)) == "main")
        #expect(app(verifyAgain(CapturedRequest(method: "POST", target: "/", headers: [], body: Self.body), apps: apps)) == nil)
    }

    @Test("no cut or changed encoding of a captured request crashes")
    func brokenEncoding() {
        let bytes = CapturedRequest(method: "POST", target: "/a", headers: [("content-type", "a/b")], body: []).encode()
        for count in 0..<bytes.count { #expect(CapturedRequest.decode(Array(bytes.prefix(count))) == nil) }
        for place in 0..<bytes.count {
            var changed = bytes
            changed[place] = 255
            _ = CapturedRequest.decode(changed)
        }
    }
}
