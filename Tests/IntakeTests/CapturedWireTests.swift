import Core
import Intake
import Signing
import Storage
import TestSupport
import Testing

/// What the official SDKs sent when they were recorded (`fixtures/capi-wire`), and beside each what it means, decoded by Python.
@Suite("What Meta's SDKs send, byte for byte", .serialized)
struct CapturedWireTests {
    static let token = "EAABfakeTokenForCapture000000000000000000000000000"
    static let secret = "0123456789abcdef0123456789abcdef"
    static let dataset = "987654321098765"
    /// A minute after the newest of them.
    static let nowMs: Int64 = 1_767_225_900_000
    static let names = [
        "java-01-web-purchase", "node-01-web-purchase", "php-01-web-purchase", "python-01-web-purchase-appsecret-testcode",
        "python-02-web-lead-unicode-ldu", "python-03-crm-lead-stage", "python-04-physical-store-upload-tag",
        "python-05-app-install-extinfo", "python-06-whatsapp-business-messaging",
    ]
    /// Sent by a client without an app secret.
    static let unproven: Set<String> = ["python-03-crm-lead-stage", "python-04-physical-store-upload-tag"]

    private static func requests() throws -> [[UInt8]] { try names.map { try Fixture.bytes("capi-wire/\($0).http.txt") } }

    private static func port(secret: String?) async throws -> PublicPort {
        try await PublicPort.start(
            sources: [Shop.source("captures", token: token, secret: secret, datasets: [dataset])], nowMs: { nowMs })
    }

    @Test("each is taken on one connection, answered as its SDK reads it, and stored with the meaning that it had")
    func meaning() async throws {
        let port = try await Self.port(secret: nil)
        let answers = try await RawExchange(port: port.curl.port).send(Self.requests())
        for (name, answer) in zip(Self.names, answers) {
            #expect(answer.status == 200, "\(name): \(answer.body)")
            #expect(SDKReading.verdicts(answer) == SDKReading.all(.taken(1)), "\(name)")
            #expect(answer.values(of: "content-encoding") == [], "\(name): what asks for `*` can't decode it")
        }
        let stored = try await port.deliveries()
        #expect(stored.count == Self.names.count)
        for (name, delivery) in zip(Self.names, stored) {
            let request = try #require(delivery.request)
            let decoded = try JSON.parse(Fixture.bytes("capi-wire/\(name).decoded.json"))
            let form = try #require(decoded["form"])
            #expect(Self.differences(try JSON.parse(request.body), form) == [], "\(name)")
            let line = try #require(decoded["request_line"]?.text)
            #expect(line.split(separator: " ")[1].hasPrefix(request.target), "\(name)")
            #expect(!request.target.contains("?"), "\(name)")
            #expect(request.headers.contains { $0.name == "user-agent" && $0.value.hasPrefix("fbbizsdk-") }, "\(name)")
            #expect(!String(decoding: request.body, as: UTF8.self).contains(Self.token), "\(name)")
        }
        await port.stop()
    }

    @Test("with the app secret configured, the proofs that were sent are right, and who sent none is refused")
    func proofs() async throws {
        let port = try await Self.port(secret: Self.secret)
        let answers = try await RawExchange(port: port.curl.port).send(Self.requests())
        for (name, answer) in zip(Self.names, answers) {
            #expect(answer.status == (Self.unproven.contains(name) ? 400 : 200), "\(name): \(answer.body)")
        }
        #expect(try await port.deliveries().count == Self.names.count - Self.unproven.count)
        await port.stop()
    }

    @Test("control: with another secret none of the proofs is right")
    func otherSecret() async throws {
        let port = try await Self.port(secret: "1\(Self.secret.dropFirst())")
        let answers = try await RawExchange(port: port.curl.port).send(Self.requests())
        for (name, answer) in zip(Self.names, answers) {
            #expect(answer.status == 400, "\(name)")
            let message = try JSON.parse(answer)["error"]?["message"]?.text
            #expect(message?.hasPrefix("Invalid appsecret_proof") == !Self.unproven.contains(name), "\(name)")
        }
        #expect(try await port.deliveries().isEmpty)
        await port.stop()
    }

    @Test("control: a meaning that is another one is told apart", arguments: ["event_id", "custom_data.value", "user_data.em"])
    func told(path: String) throws {
        let decoded = try JSON.parse(Fixture.bytes("capi-wire/java-01-web-purchase.decoded.json"))
        let form = try #require(decoded["form"])
        let event = try #require(form["data"]?[0])
        func body(_ event: JSON) -> JSON { form.with("data", [Self.hashed(event)]) }
        #expect(Self.differences(body(event), form).isEmpty)
        #expect(Self.differences(body(event.with(path, .string("x"))), form).count == 1)
        #expect(Self.differences(body(event.with(path, nil)), form).count == 1)
    }

    // MARK: meaning

    /// Where a stored body says something else than a decoded form.
    private static func differences(_ body: JSON, _ form: JSON) -> [String] {
        let names = Set(body.members.map(\.key)).union(form.members.map(\.key)).subtracting(["data"])
        var found = names.filter { body[$0] != form[$0] }.sorted()
        let events = form["data"]?.items ?? []
        if body["data"]?.items.count != events.count { found.append("data") }
        for (event, stored) in zip(events, body["data"]?.items ?? []) {
            let wanted = hashed(event)
            var keys = Set(stored.members.map(\.key)).union(wanted.members.map(\.key)).subtracting(["_touchstone", "user_data"])
            // Who sends no id gets one of ours, which is marked.
            if wanted["event_id"] == nil, stored["_touchstone"]?["made_id"] == true { keys.remove("event_id") }
            found += keys.filter { stored[$0] != wanted[$0] }.sorted()
            let people = (stored["user_data"] ?? [:], wanted["user_data"] ?? [:])
            let personal = Set(people.0.members.map(\.key)).union(people.1.members.map(\.key))
            found += personal.filter { people.0[$0] != people.1[$0] }.sorted()
        }
        return found
    }

    /// An event as it is to be stored: what names a person as hashes, those that came as hashes as they are.
    private static func hashed(_ event: JSON) -> JSON {
        var event = event
        for (key, value) in (event["user_data"] ?? [:]).members {
            guard let personal = PersonalKey(rawValue: key), personal != .madid, personal != .anonID else { continue }
            let hashes = value.items.compactMap(\.text).map { isHash($0) ? $0 : SHA256.hex(Array($0.utf8)) }
            event.set(["user_data", key], .array(hashes.map(JSON.string)))
        }
        return event
    }

    private static func isHash(_ text: String) -> Bool {
        text.utf8.count >= 64 && text.utf8.prefix(64).allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
