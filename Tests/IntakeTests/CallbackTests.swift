import Core
import Foundation
import Intake
import Signing
import Storage
import TestSupport
import Testing

@Suite("Callbacks about people", .serialized)
struct CallbackTests {
    private static let deauthorize = "/callbacks/meta/deauthorize"
    private static let deletion = "/callbacks/meta/data-deletion"

    /// A `signed_request` as Meta makes it.
    static func signed(_ payload: JSON, secret: String = Fixture.secret) -> String {
        let text = base64url(payload.bytes())
        return base64url(HMACSHA256.bytes(key: Array(secret.utf8), Array(text.utf8))) + "." + text
    }

    private static func base64url(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    static func form(
        _ signedRequest: String, to path: String, type: String = "application/x-www-form-urlencoded", host: String? = nil
    ) -> WebRequest {
        let value = signedRequest.replacing("%", with: "%25").replacing("+", with: "%2B").replacing("=", with: "%3D")
            .replacing("&", with: "%26")
        return WebRequest(
            "POST", path, headers: [("Content-Type", type)] + (host.map { [("Host", $0)] } ?? []),
            body: Array("signed_request=\(value)".utf8))
    }

    private static func payload(_ user: JSON = "218471", issuedAt: Int64 = 1_700_000_000) -> JSON {
        ["algorithm": "HMAC-SHA256", "issued_at": .integer(issuedAt), "user_id": user]
    }

    private struct Vectors: Decodable {
        struct Vector: Decodable {
            let name, secret, signedRequest: String
            let valid: Bool

            private enum CodingKeys: String, CodingKey {
                case name, secret, valid
                case signedRequest = "signed_request"
            }
        }
        let signedRequest: [Vector]

        private enum CodingKeys: String, CodingKey {
            case signedRequest = "signed_request"
        }
    }

    @Test("published vectors: the right secret is 200 and stored, a wrong one 401 and not")
    func vectors() async throws {
        let file = try JSONDecoder().decode(Vectors.self, from: Data(Fixture.bytes("reference/signature-vectors.json")))
        #expect(file.signedRequest.count >= 5)
        for vector in file.signedRequest {
            let port = try await PublicPort.start([PublicPort.app(secrets: [vector.secret])])
            let answers = try await port.curl.send(
                [Self.deauthorize, Self.deletion].map { Self.form(vector.signedRequest, to: $0) })
            #expect(answers.map(\.status) == (vector.valid ? [200, 200] : [401, 401]), "\(vector.name)")
            #expect(try await port.deliveries().count == (vector.valid ? 2 : 0), "\(vector.name)")
            await port.stop()
        }
    }

    @Test("a deauthorisation is answered with an empty document, a deletion with an address and its code")
    func answers() async throws {
        let port = try await PublicPort.start([
            PublicPort.app("one", secrets: ["s1"]), PublicPort.app("two", secrets: ["old", "s2"]),
        ])
        let text = Self.signed(Self.payload(), secret: "s2")
        let answers = try await port.curl.send([Self.form(text, to: Self.deauthorize), Self.form(text, to: Self.deletion)])
        #expect(answers.map(\.status) == [200, 200])
        #expect(answers.allSatisfy { $0.values(of: "content-type") == ["application/json"] })
        #expect(try JSON.parse(answers[0]) == [:])
        let document = try JSON.parse(answers[1])
        let code = try #require(document["confirmation_code"]?.text)
        #expect(document.members.map(\.key).sorted() == ["confirmation_code", "url"])
        #expect(document["url"]?.text == "https://localhost:\(port.curl.port)\(Self.deletion)/\(code)")
        #expect(code.utf8.count == 20 && code.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        let stored = try await port.deliveries()
        #expect(stored.map(\.kind) == [.callback, .callback] && stored.map(\.app) == ["two", "two"])
        #expect(stored[1].request?.target == "\(Self.deletion)/\(code)")
        #expect(stored[0].request?.target.hasPrefix("\(Self.deauthorize)/") == true)
        let page = try await port.curl.send(WebRequest("GET", "\(Self.deletion)/\(code)"))
        #expect(page.status == 200)
        await port.stop()
    }

    @Test("the same request again has the same code; another person, time, kind or app has another")
    func codes() async throws {
        let port = try await PublicPort.start([PublicPort.app("one", secrets: ["s1"]), PublicPort.app("two", secrets: ["s2"])])
        let texts = [
            Self.signed(Self.payload(), secret: "s1"), Self.signed(Self.payload(), secret: "s1"),
            Self.signed(Self.payload(.number("218471")), secret: "s1"), Self.signed(Self.payload("218472"), secret: "s1"),
            Self.signed(Self.payload(issuedAt: 1_700_000_001), secret: "s1"), Self.signed(Self.payload(), secret: "s2"),
        ]
        let codes = try await port.curl.send(texts.map { Self.form($0, to: Self.deletion) }).map {
            try JSON.parse($0)["confirmation_code"]?.text
        }
        #expect(!codes.contains(nil))
        #expect(codes[0] == codes[1] && codes[0] == codes[2])
        #expect(Set(codes).count == 4)
        await port.stop()
    }

    /// What is no signed request of ours, and the status of the answer.
    static let refused: [(String, String, Int)] = {
        let good = signed(payload())
        let halves = good.split(separator: ".").map(String.init)
        let other = base64url(payload("1").bytes())
        return [
            ("empty", "", 400), ("no dot", "abc", 400), ("two dots", good + ".x", 400), ("an empty half", ".\(halves[1])", 400),
            ("an empty payload", "\(halves[0]).", 400), ("not base64", "\(halves[0]).%%%", 400),
            ("the wrong secret", signed(payload(), secret: "wrong"), 401), ("another payload", "\(halves[0]).\(other)", 401),
            ("a changed signature", (good.first == "A" ? "B" : "A") + good.dropFirst(), 401),
            ("a short signature", "\(halves[0].dropLast(4)).\(halves[1])", 401),
            ("signed, no algorithm", signed(["user_id": "1", "issued_at": 1]), 400),
            ("signed, another algorithm", signed(["user_id": "1", "issued_at": 1, "algorithm": "none"]), 400),
            ("signed, no user", signed(["issued_at": 1, "algorithm": "HMAC-SHA256"]), 400),
            ("signed, no object", signed([1]), 400),
        ]
    }()

    @Test("what is no signed request of ours is refused and not stored", arguments: [deauthorize, deletion])
    func refusals(path: String) async throws {
        let port = try await PublicPort.start()
        let answers = try await port.curl.send(Self.refused.map { Self.form($0.1, to: path) })
        for ((name, _, status), answer) in zip(Self.refused, answers) {
            #expect((400...401).contains(answer.status), "\(name)")
            if name.hasPrefix("the wrong") || name.hasPrefix("another payload") || name.hasPrefix("a changed") {
                #expect(answer.status == status, "\(name)")
            }
            #expect(answer.body.isEmpty, "\(name)")
        }
        let good = Self.signed(Self.payload())
        var twice = Self.form(good, to: path)
        twice.body? += Array("&signed_request=\(good)".utf8)
        var none = Self.form(good, to: path)
        none.body = Array("signed=\(good)".utf8)
        var large = Self.form(good, to: path)
        large.body? += Array(repeating: UInt8(ascii: "&"), count: 8 * 1024)
        var encoded = Self.form(good, to: path)
        encoded.headers.append(("Content-Encoding", "gzip"))
        let others = try await port.curl.send([
            twice, none, large, encoded, Self.form(good, to: path, type: "application/json"), WebRequest("PUT", path),
            WebRequest("GET", path),
        ])
        #expect(others.map(\.status) == [400, 400, 413, 415, 415, 405, 405])
        #expect(others[5].values(of: "allow") == ["POST"])
        #expect(try await port.deliveries().isEmpty)
        #expect(!port.log.lines.contains { $0.contains("218471") || $0.contains(good) })
        #expect(try await port.curl.send(Self.form(good, to: path)).status == 200)
        await port.stop()
    }

    @Test("the address has the configured base, or the host that was asked when it is a plain one")
    func base() async throws {
        let text = Self.signed(Self.payload())
        let configured = try await PublicPort.start(publicURL: "https://hooks.example/")
        let answer = try await configured.curl.send(Self.form(text, to: Self.deletion, host: "evil.example/x"))
        #expect(try JSON.parse(answer)["url"]?.text?.hasPrefix("https://hooks.example/callbacks/meta/data-deletion/") == true)
        await configured.stop()
        let open = try await PublicPort.start()
        let answers = try await open.curl.send(
            ["hooks.example", "evil.example/x", "a@b.example"].map { Self.form(text, to: Self.deletion, host: $0) })
        #expect(answers.map(\.status) == [200, 400, 400])
        #expect(try JSON.parse(answers[0])["url"]?.text?.hasPrefix("https://hooks.example/callbacks/") == true)
        await open.stop()
    }

    @Test(
        "the status page is the same for every code, needs nothing from elsewhere and runs nothing",
        arguments: Curl.Version.allCases)
    func page(version: Curl.Version) async throws {
        let port = try await PublicPort.start()
        var curl = port.curl
        curl.version = version
        let known = try await curl.send(Self.form(Self.signed(Self.payload()), to: Self.deletion))
        let code = try #require(try JSON.parse(known)["confirmation_code"]?.text)
        let codes = [code, "0123456789abcdef0123", "x", "%3Cscript%3E", String(repeating: "a", count: 2_000)]
        let pages = try await curl.send(codes.map { WebRequest("GET", "\(Self.deletion)/\($0)") })
        for page in pages {
            #expect(page.status == 200 && page.body == pages[0].body)
            #expect(page.values(of: "content-type") == ["text/html; charset=utf-8"])
            #expect(page.values(of: "content-security-policy").first?.hasPrefix("default-src 'none'") == true)
            #expect(page.values(of: "x-content-type-options") == ["nosniff"])
            #expect(page.values(of: "cache-control") == ["no-store"])
        }
        let body = pages[0].body
        #expect(
            body.hasPrefix("<!DOCTYPE html>") && body.contains("<html lang=\"en\">") && body.contains("<title>")
                && body.contains("<h1>"))
        #expect(!body.contains("<script") && !body.contains("style=") && !body.contains("http") && !body.contains(code))
        let others = try await curl.send([
            WebRequest("POST", "\(Self.deletion)/\(code)", body: []), WebRequest("GET", "\(Self.deletion)/"),
            WebRequest("GET", "\(Self.deletion)/\(code)/x"), WebRequest("GET", "\(Self.deauthorize)/\(code)"),
        ])
        #expect(others.map(\.status) == [405, 404, 404, 404])
        await port.stop()
    }

    @Test("a store that takes nothing is a 503, and the request comes again")
    func storeFails() async throws {
        let disk = Disk()
        let port = try await PublicPort.start(disk: disk)
        let request = Self.form(Self.signed(Self.payload()), to: Self.deletion)
        disk.state = .broken
        let answer = try await port.curl.send(request)
        #expect(answer.status == 503 && answer.values(of: "retry-after").first != nil)
        disk.state = .well
        #expect(try await port.curl.send(request).status == 200)
        #expect(try await port.deliveries().count == 1)
        await port.stop()
    }

    @Test(
        "a host is taken for an address only when it is a plain one",
        arguments: [
            ("hooks.example", true), ("hooks.example:8443", true), ("localhost", true), ("127.0.0.1:1", true),
            ("[::1]:8443", true),
            ("[2001:db8::1]", true), ("a-b.c-d.example", true),
            ("", false), (":8443", false), ("hooks.example:", false), ("hooks.example:123456", false), ("hooks.example:x", false),
            ("hooks.example/x", false), ("a b", false), ("a@b", false), ("a?b", false), ("a#b", false), ("a\\b", false),
            ("[::1", false),
            ("::1", false), ("[]", false), ("[::1]x", false), ("ünicode.example", false), ("a_b", false), ("a%2fb", false),
            ("[zz]", false),
            (String(repeating: "a", count: 256), false),
        ])
    func hosts(host: String, isPlain: Bool) {
        #expect(HostName.base(host) == (isPlain ? "https://\(host)" : nil))
    }
}
