import Core
import Foundation
import Signing
import TestSupport
import Testing

@testable import Gateway

@Suite("Captured requests of conversions, at every entrance and in every form")
struct CapturedConversionTests {
    private static let token = "EAABfakeTokenForCapture000000000000000000000000000"
    private static let secret = "0123456789abcdef0123456789abcdef"
    private static let dataset = "987654321098765"

    private static func settings(secret: String? = secret, token: String = token) throws -> Settings {
        var settings = try Rehearsed.settings()
        settings.sources[0].tokens = [Secret(token)]
        settings.sources[0].secrets = secret.map { [Secret($0)] } ?? []
        settings.sources[0].datasets = [dataset]
        return settings
    }

    private static let event =
        #"[{"event_name":"Purchase","event_time":1785000000,"action_source":"website","user_data":{"em":"jana@kanarek.example"},"custom_data":{"value":1,"currency":"EUR"}}]"#

    /// One request at each entrance and in each form, its token and proof where that entrance looks for them.
    private static func requests() -> [HTTPFile] {
        let proof = AppSecretProof.hex(token: token, secret: secret)
        let escaped = event.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        let parts = [("data", event), ("access_token", token), ("appsecret_proof", proof)]
            .map { "--b\r\nContent-Disposition: form-data; name=\"\($0)\"\r\n\r\n\($1)\r\n" }.joined()
        let rows: [(target: String, type: String?, bearer: Bool, body: String)] = [
            (
                "/v26.0/\(dataset)/events?access_token=\(token)&appsecret_proof=\(proof)", "application/json", false,
                #"{"data":\#(event)}"#
            ),
            (
                "/\(dataset)/events", "application/x-www-form-urlencoded", false,
                "data=\(escaped)&access_token=\(token)&appsecret_proof=\(proof)"
            ),
            ("/\(dataset)/events", nil, false, "data=\(escaped)&access_token=\(token)&appsecret_proof=\(proof)"),
            ("/\(dataset)/events", "multipart/form-data; boundary=b", false, parts + "--b--\r\n"),
            ("/v26.0/\(dataset)/events?appsecret_proof=\(proof)", "application/json", true, #"{"data":\#(event)}"#),
            ("/capi/\(dataset)/events", "application/json", false, #"{"data":\#(event),"accessKey":"\#(token)"}"#),
            ("/v1/conversions/shop?appsecret_proof=\(proof)", "application/json", true, #"{"data":\#(event)}"#),
        ]
        return rows.map { row in
            let headers = [row.type.map { ("Content-Type", $0) }, row.bearer ? ("Authorization", "Bearer \(token)") : nil]
            return HTTPFile(
                path: row.target, method: "POST", target: row.target, headers: headers.compactMap(\.self),
                body: Array(row.body.utf8))
        }
    }

    static let wires = [
        "java-01-web-purchase", "node-01-web-purchase", "php-01-web-purchase", "python-01-web-purchase-appsecret-testcode",
        "python-06-whatsapp-business-messaging",
    ]

    @Test("what Meta's SDKs sent proves its sender offline", arguments: wires)
    func wire(name: String) throws {
        let file = try HTTPFile(path: "\(Fixture.root)/fixtures/capi-wire/\(name).http.txt")
        let settings = try Self.settings(secret: nil), others = try Self.settings(token: "another-token-of-the-tests")
        #expect(Verification.of(file, settings: settings, nowMs: 0) == .proven(by: "shop"))
        #expect(Verification.of(file, settings: others, nowMs: 0) == .refused(SourceRefusal.tokenUnknown.rawValue))
    }

    @Test("each proves its sender, and signed anew for others it proves those, with the same events at the same entrance")
    func resigned() throws {
        let settings = try Self.settings()
        let others = try Self.settings(secret: "another-secret", token: "another-token-of-the-tests")
        let proven = Verification.proven(by: "shop")
        for file in Self.requests() {
            #expect(Verification.of(file, settings: settings, nowMs: 0) == proven, "\(file.target)")
            #expect(Verification.of(file, settings: others, nowMs: 0) != proven, "\(file.target)")
            let again = try Resigner(settings: others).resigned(file)
            #expect(again.plainPath == file.plainPath)
            #expect(Verification.of(again, settings: others, nowMs: 0) == proven, "\(file.target)")
            #expect(Verification.of(again, settings: settings, nowMs: 0) != proven, "\(file.target)")
            let sent = try JSON.parse(again.body)["data"], event = try JSON.parse(Array(Self.event.utf8))
            #expect(sent == event, "\(file.target)")
            #expect(!String(decoding: again.bytes(), as: UTF8.self).contains(Self.token), "\(file.target)")
        }
    }

    @Test("by the gateway's entrance a shop or a CRM proves nothing offline either")
    func signedSources() throws {
        for kind in [SourceKind.shopify, .woocommerce, .crm] {
            var settings = try Self.settings()
            settings.sources[0].policy.kind = kind
            for file in Self.requests() {
                let isGateway = file.target.hasPrefix("/capi/")
                let expected = isGateway ? Verification.refused(SourceRefusal.tokenUnknown.rawValue) : .proven(by: "shop")
                #expect(Verification.of(file, settings: settings, nowMs: 0) == expected, "\(kind) \(file.target)")
            }
        }
    }

    @Test("each has its times moved")
    func shifted() throws {
        let resigner = Resigner(settings: try Self.settings(), shiftMs: 60_000)
        for file in Self.requests() {
            let moved = try JSON.parse(try resigner.resigned(file).body)
            #expect(moved["data"]?.items.first?["event_time"]?.integer == 1_785_000_060, "\(file.target)")
        }
    }

    static let faulty: [(type: String, body: String, about: String)] = [
        ("text/xml", "<data/>", "Content-Type"), ("multipart/form-data; boundary=b", "--b\r\nContent", "can't be read"),
        ("application/json", "{", "can't be read"), ("multipart/form-data", "x", "can't be read"),
    ]

    @Test("what can't be read is refused with the reason", arguments: faulty)
    func unreadable(_ row: (type: String, body: String, about: String)) throws {
        let file = HTTPFile(
            path: "x.http", method: "POST", target: "/\(Self.dataset)/events", headers: [("Content-Type", row.type)],
            body: Array(row.body.utf8))
        let settings = try Self.settings()
        guard case .refused(let reason) = Verification.of(file, settings: settings, nowMs: 0) else {
            Issue.record("it was taken")
            return
        }
        #expect(reason.contains(row.about))
    }
}
