import AsyncHTTPClient
import Core
import Foundation
import Gateway
import NIOCore
import NIOHTTP1
import NIOSSL
import Signing
import TestSupport
import Testing

@Suite("A configuration that is read again, with the real program", .serialized)
struct ReloadTests {
    private static let environment = [
        "ADMIN": "admin-token-of-reloads", "KEY": String(repeating: "0f", count: 32), "SECRET": "app-secret-of-reloads",
        "VERIFY": "verify-token-of-reloads",
    ]

    /// Its token and secret stand in files; `listen` is the port that it asks for.
    private static func configuration(listen: Int = 0, tokens: String = #"["${file:token-a}"]"#, level: String = "notice") throws
        -> String
    {
        let certificates = try DevelopmentCertificates.shared()
        return """
            listen: {address: "127.0.0.1:\(listen)", certificate: "\(certificates.certificate)", private_key: "\(certificates.privateKey)"}
            admin: {address: "127.0.0.1:0", token: "${ADMIN}"}
            storage: {url: "sqlite:touchstone.db"}
            graph: {base_url: "http://127.0.0.1:1", version: v26.0, writes: off}
            keys: {current: "${KEY}"}
            apps: [{name: main, id: "123", secrets: ["${SECRET}"], verify_token: "${VERIFY}"}]
            workspaces: [{name: studio, app: main, token: "${ADMIN}", accounts: [act_1]}]
            sources:
              - {name: shop, workspace: studio, tokens: \(tokens), secret: "${file:secret-a}", datasets: ["987"],
                 consent: {from: custom_data.consent, without: send}}
            log: {level: \(level)}
            """
    }

    private static let files = [
        "token-a": "token-a-of-the-reloads\n", "token-b": "token-b-of-the-reloads", "secret-a": "secret-a-of-the-reloads\r\n",
    ]

    /// Runs `body` beside the program.
    private static func with(
        _ text: String, _ body: (ServeProcess, HTTPClient) async throws -> Void
    ) async throws {
        let serve = try await ServeProcess(text, files: files, environment: environment)
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .file(try DevelopmentCertificates.shared().authority)
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: .init(tlsConfiguration: tls))
        let result: Result<Void, any Error>
        do { result = .success(try await body(serve, client)) } catch { result = .failure(error) }
        try await client.shutdown()
        let code = try serve.stop()
        #expect(code == 0)
        try result.get()
    }

    /// The status of a purchase with this token, its proof made with the secret of the file.
    private static func send(_ client: HTTPClient, _ serve: ServeProcess, token: String) async throws -> Int {
        let proof = AppSecretProof.hex(token: token, secret: "secret-a-of-the-reloads")
        var request = HTTPClientRequest(
            url: "https://localhost:\(try await serve.port)/v26.0/987/events?access_token=\(token)&appsecret_proof=\(proof)")
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        let now = Int(Date().timeIntervalSince1970)
        request.body = .bytes(
            ByteBuffer(
                string: #"{"data":[{"event_name":"Purchase","event_time":\#(now),"action_source":"system_generated","#
                    + #""user_data":{"em":"jane@example.com"},"custom_data":{"value":1,"currency":"EUR"}}]}"#))
        return Int(try await client.execute(request, timeout: .seconds(30)).status.code)
    }

    @Test("a token is rotated by a list and two signals: the old one counts until it is taken out")
    func rotation() async throws {
        try await Self.with(try Self.configuration()) { serve, client in
            #expect(try await Self.send(client, serve, token: "token-a-of-the-reloads") == 200)
            #expect(try await Self.send(client, serve, token: "token-b-of-the-reloads") == 401)
            try serve.write(try Self.configuration(tokens: #"["${file:token-b}", "${file:token-a}"]"#))
            serve.hangUp()
            let line = try await serve.says("Read the configuration again.")
            #expect(line.contains("sources.shop"))
            #expect(try await Self.send(client, serve, token: "token-a-of-the-reloads") == 200)
            #expect(try await Self.send(client, serve, token: "token-b-of-the-reloads") == 200)
            try serve.write(try Self.configuration(tokens: #"["${file:token-b}"]"#))
            serve.hangUp()
            try await serve.says("Read the configuration again.", count: 2)
            #expect(try await Self.send(client, serve, token: "token-a-of-the-reloads") == 401)
            #expect(try await Self.send(client, serve, token: "token-b-of-the-reloads") == 200)
            let lines = try serve.lines
            #expect(lines.allSatisfy { !$0.contains("of-the-reloads") })
        }
    }

    @Test("a secret is rotated in its own file, the configuration as it was")
    func file() async throws {
        try await Self.with(try Self.configuration()) { serve, client in
            try serve.write("token-c-of-the-reloads\n", to: "token-a")
            serve.hangUp()
            let line = try await serve.says("Read the configuration again.")
            #expect(line.contains("sources.shop"))
            #expect(try await Self.send(client, serve, token: "token-c-of-the-reloads") == 200)
            #expect(try await Self.send(client, serve, token: "token-a-of-the-reloads") == 401)
        }
    }

    @Test("a faulty file changes nothing, and its faults are told with their places")
    func faulty() async throws {
        try await Self.with(try Self.configuration()) { serve, client in
            let text = try Self.configuration(tokens: #"["${file:token-b}"]"#).replacing(
                "datasets: [\"987\"]", with: "datasets: [pixel]")
            try serve.write(text)
            serve.hangUp()
            let line = try await serve.says("The configuration is faulty; the one before stays in force.")
            #expect(line.contains("error") && line.contains("touchstone.yaml:9:"))
            #expect(line.contains("sources[0].datasets[0]"))
            #expect(try await Self.send(client, serve, token: "token-a-of-the-reloads") == 200)
            #expect(try await Self.send(client, serve, token: "token-b-of-the-reloads") == 401)
        }
    }

    @Test("a certificate that can't be read keeps the one before, and all else with it")
    func certificate() async throws {
        try await Self.with(try Self.configuration()) { serve, client in
            try serve.write("no certificate", to: "bad.pem")
            let text = try Self.configuration(tokens: #"["${file:token-b}"]"#)
                .replacing(try DevelopmentCertificates.shared().certificate, with: "bad.pem")
            try serve.write(text)
            serve.hangUp()
            try await serve.says("The configuration is faulty; the one before stays in force.")
            #expect(try await Self.send(client, serve, token: "token-a-of-the-reloads") == 200)
        }
    }

    @Test("what needs a restart is named and stays as it was; the rest is taken over")
    func restart() async throws {
        try await Self.with(try Self.configuration()) { serve, client in
            try serve.write(try Self.configuration(listen: 1, tokens: #"["${file:token-b}"]"#, level: "debug"))
            serve.hangUp()
            let line = try await serve.says("A part of the configuration needs a restart and stays as it was.")
            #expect(line.contains("listen.address") && line.contains("warning"))
            let taken = try await serve.says("Read the configuration again.")
            #expect(taken.contains("log.level"))
            #expect(try await Self.send(client, serve, token: "token-b-of-the-reloads") == 200)
        }
    }
}
