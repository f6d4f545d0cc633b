import Foundation
import GraphEmulator
import Testing

@Suite("Sender of webhooks")
struct DeliveryTests {
    /// A throwaway certificate for 127.0.0.1, made by openssl.
    private static func certificate() throws -> GraphEmulator.TLSFiles {
        let base = NSTemporaryDirectory() + "emulator-\(UUID().uuidString)"
        let openssl = Process()
        openssl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        openssl.arguments = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", base + ".key", "-out", base + ".pem",
        ]
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
        try #require(openssl.terminationStatus == 0)
        return .init(certificate: base + ".pem", privateKey: base + ".key")
    }

    @Test("sends over real TLS to a receiver it can check, and not to another")
    func overTLS() async throws {
        let files = try Self.certificate()
        try await Play.with(tls: files) { receiver in
            try await Play.with { play in
                let target = receiver.emulator.url + "/11"
                var delivery = Delivery(url: target, app: "123", body: Array(#"{"object":"page"}"#.utf8), ca: files.certificate)
                let answer = await play.emulator.deliver(delivery)
                #expect(answer.status == 400)
                #expect(answer.body.contains("access token is required"))
                #expect(receiver.emulator.log().map(\.method) == ["POST"])
                delivery.ca = nil
                let refused = await play.emulator.deliver(delivery)
                #expect(refused.status == nil)
                #expect(refused.error != nil)
                let lines = play.emulator.logLines()
                #expect(lines.count == 2)
                #expect(lines[0].contains(#""kind":"deliver""#))
                #expect(!lines.joined().contains("app-secret-1"))
            }
        }
    }

    @Test("is asked over the control port, too")
    func control() async throws {
        try await Play.with { play in
            func deliver(_ body: String) async throws -> Answer {
                try await play.send("POST", "/_emulator/deliver", [:], (body, "application/json"))
            }
            let sent = try await deliver(#"{"url": "\#(play.emulator.url)/11", "app": "123", "object": {"object": "page"}}"#)
            #expect(sent.json["status"] as? Int == 400)
            let nobody = try await deliver(#"{"url": "\#(play.emulator.url)/11", "app": "9", "body": "x"}"#)
            #expect(nobody.json["error"] as? String == "no secret is known for the app")
            #expect(try await deliver(#"{"url": "http://127.0.0.1:1", "body": "x"}"#).status == 400)
            let closed = try await deliver(#"{"url": "http://127.0.0.1:1/", "secret": "s", "body_base64": "eA=="}"#)
            #expect(closed.json["status"] is NSNull)
        }
    }
}
