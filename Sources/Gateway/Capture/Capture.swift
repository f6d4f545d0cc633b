import Core
import Foundation
import Listener
import Logging
import Signing
import Synchronization

/// Where `serve --capture` writes, and whether it writes the bytes as they came.
package struct CaptureSettings: Sendable {
    package let directory: String
    /// Bytes as received, readable by the owner only.
    package let raw: Bool

    package init(directory: String, raw: Bool) {
        self.directory = directory
        self.raw = raw
    }
}

/// Writes requests that prove who sent them to files, one each, beside the work of the gateway and never in its way.
///
/// Without `raw` a file holds no token, no signature of yours and nothing that names a person: fakes of the same shape stand there, and it
/// is signed anew with the fixtures' public secret. Conversions come out as JSON at the Graph API's path, whatever they came as.
final class Capture: Sendable {
    private struct Seen: Sendable {
        let file: HTTPFile
        let atMs: Int64
    }

    /// Requests that wait to be written; more are left out and counted.
    private static let waitingMax = 1_000
    private let settings: CaptureSettings
    /// Whose requests are captured.
    private let gateway: Mutex<Settings>
    private let scrubber: Scrubber
    private let logger: Logger
    private let seen: AsyncStream<Seen>
    private let input: AsyncStream<Seen>.Continuation
    private let left = Mutex(0)

    /// Makes the directory. Throws when it can't be made or written to.
    init(settings: CaptureSettings, gateway: Settings, logger: Logger) throws {
        self.settings = settings
        self.gateway = Mutex(gateway)
        self.logger = logger
        scrubber = Scrubber(key: HMACSHA256.bytes(key: Array(gateway.keys.current.reveal().utf8), Array("capture".utf8)))
        (seen, input) = AsyncStream.makeStream(of: Seen.self, bufferingPolicy: .bufferingOldest(Self.waitingMax))
        try FileManager.default.createDirectory(
            atPath: settings.directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        guard FileManager.default.isWritableFile(atPath: settings.directory) else {
            throw HTTPFileError(settings.directory, "can't be written to.")
        }
    }

    /// From here on requests are those of these apps and sources.
    func adopt(_ next: Settings) { gateway.withLock { $0 = next } }

    /// The same intent, which also hands the request over.
    func watch(_ intent: Intent, _ head: RequestHead, nowMs: Int64) -> Intent {
        guard case .collect(let limit, let share, let each, let finish) = intent, head.method == "POST" else { return intent }
        return .collect(limit: limit, share: share, each: each) { [self] body, responder in
            let target = head.query.map { "\(head.path)?\($0)" } ?? head.path
            let file = HTTPFile(path: "", method: head.method, target: target, headers: head.headers, body: body)
            if case .dropped = input.yield(Seen(file: file, atMs: nowMs)) { left.withLock { $0 += 1 } }
            finish(body, responder)
        }
    }

    /// Writes until the task is cancelled.
    func run() async {
        var count = 0
        for await request in seen {
            guard isTaken(request) else { continue }
            count += 1
            do {
                try write(request, count)
            } catch {
                CaptureFailed(error: "\(error)").emit(to: logger)
            }
            let left = left.withLock { left in
                defer { left = 0 }
                return left
            }
            if left > 0 { CaptureLeftOut(count: left).emit(to: logger) }
        }
    }

    /// Proven, and nothing that intake refuses for what is in it.
    private func isTaken(_ request: Seen) -> Bool {
        let gateway = gateway.withLock { $0 }
        guard case .proven(let name) = Verification.of(request.file, settings: gateway, nowMs: request.atMs) else { return false }
        guard let captured = CapturedConversion(request.file) else { return true }
        guard let source = gateway.sources.first(where: { $0.name == name }) else { return false }
        do throws(HTTPFileError) {
            let check = ConversionCheck(
                try captured.request(), consent: source.consent, rules: source.policy.rules, strictness: source.policy.strictness,
                nowMs: request.atMs)
            return check.refusal == nil
        } catch {
            return false  // intake refused it, too
        }
    }

    private func write(_ request: Seen, _ count: Int) throws {
        let file = settings.raw ? request.file : try scrubbed(request.file)
        let name = "\(settings.directory)/\(request.atMs)-\(String(format: "%06d", count))-\(Self.kind(of: file))"
        try put(file.bytes(), to: "\(name).http")
        let time = Date(timeIntervalSince1970: TimeInterval(request.atMs) / 1_000)
            .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        try put(FixtureExpectation.of(file, capturedAt: time, receivedAtMs: request.atMs), to: "\(name).expect.json")
    }

    private func put(_ bytes: [UInt8], to path: String) throws {
        guard
            FileManager.default.createFile(
                atPath: path, contents: Data(bytes), attributes: [.posixPermissions: settings.raw ? 0o600 : 0o644])
        else { throw HTTPFileError(path, "can't be written.") }
    }

    private static func kind(of file: HTTPFile) -> String {
        if CapturedConversion(file) != nil { return "conversions" }
        if file.plainPath.hasPrefix("/callbacks/") { return "callback" }
        let document = try? JSON.parse(file.body)
        let object = document?["object"]?.text ?? "delivery"
        return object.utf8.allSatisfy { ($0 >= 0x61 && $0 <= 0x7a) || $0 == 0x5f } ? object : "delivery"
    }

    private static let kept: Set<String> = ["host", "content-type", "user-agent"]

    private func scrubbed(_ file: HTTPFile) throws(HTTPFileError) -> HTTPFile {
        var headers = file.headers.filter { Self.kept.contains($0.name.lowercased()) }
        headers = headers.map { $0.name.lowercased() == "host" ? ($0.name, "touchstone.example") : $0 }
        if let captured = CapturedConversion(file) {
            headers = headers.filter { $0.name.lowercased() != "content-type" } + [("Content-Type", "application/json")]
            let gateway = gateway.withLock { $0 }
            let source = try captured.source(in: gateway.sources)
            let dataset = captured.dataset ?? source.datasets.first ?? ""
            let path = captured.entrance == .graph ? file.plainPath : "/\(dataset)/events"
            let body = scrubber.scrubbed(try captured.document()).bytes()
            return HTTPFile(path: "", method: "POST", target: path + "?" + FixtureSigner.query, headers: headers, body: body)
        }
        if file.plainPath.hasPrefix("/callbacks/") {
            return HTTPFile(
                path: "", method: "POST", target: file.plainPath, headers: headers,
                body: FixtureSigner.signedRequest(userID: "1000000000000001"))
        }
        let body = scrubber.scrubbed(body: file.body)
        return HTTPFile(
            path: "", method: "POST", target: file.plainPath,
            headers: headers + [("X-Hub-Signature-256", FixtureSigner.signature(of: body))], body: body)
    }
}

/// Signs with the secret that everybody knows.
package enum FixtureSigner {
    /// What a source of the fixtures sends as its token; as public as the secret.
    package static let token = "touchstone-fixture-token"

    package static func signature(of body: [UInt8]) -> String { DemoRequest.signature(of: body, secret: DemoFixtures.secret) }

    /// Token and proof of a source.
    package static var query: String {
        "access_token=\(token)&appsecret_proof=\(AppSecretProof.hex(token: token, secret: DemoFixtures.secret))"
    }

    /// The body of a `signed_request` callback.
    package static func signedRequest(userID: String, issuedAtSeconds: Int64 = 1_700_000_000) -> [UInt8] {
        let document: JSON = [
            "algorithm": "HMAC-SHA256", "issued_at": .integer(issuedAtSeconds), "user_id": .string(userID),
        ]
        let payload = base64URL(document.bytes())
        let signature = HMACSHA256.bytes(key: Array(DemoFixtures.secret.utf8), Array(payload.utf8))
        return Array("signed_request=\(base64URL(signature)).\(payload)".utf8)
    }

    private static func base64URL(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}

extension Settings {
    /// The same, with the secrets and tokens that everybody knows: what fixtures are signed and sent with.
    package var withFixtureSecrets: Settings {
        var settings = self
        for index in settings.apps.indices { settings.apps[index].secrets = [Secret(DemoFixtures.secret)] }
        for index in settings.sources.indices {
            settings.sources[index].tokens = [Secret(FixtureSigner.token)]
            if !settings.sources[index].secrets.isEmpty { settings.sources[index].secrets = [Secret(DemoFixtures.secret)] }
        }
        return settings
    }
}
