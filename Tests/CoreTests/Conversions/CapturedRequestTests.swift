import Core
import TestSupport
import Testing

/// What the official SDKs sent when they were recorded, as one JSON body each; `fixtures/reference/capi-requests.json`.
@Suite("Requests of Meta's SDKs")
struct CapturedRequestTests {
    static let requests: [(name: String, body: JSON)] = {
        guard let bytes = try? Fixture.bytes("reference/capi-requests.json"), let file = try? JSON.parse(bytes) else { return [] }
        return file.items.compactMap { item in
            guard let name = item["name"]?.text, let body = item["body"] else { return nil }
            return (name, body)
        }
    }()

    @Test("the recordings are there")
    func areThere() { #expect(Self.requests.count == 9) }

    @Test("each is taken as it is, and nothing of it is lost", arguments: requests.indices)
    func taken(_ index: Int) throws {
        let (name, body) = Self.requests[index]
        let check = try ConversionCheck(
            ConversionRequest.parse(body.bytes()).get(), consent: ConsentPolicy(path: ["none"], without: .send),
            nowMs: 1_767_225_900_000)
        #expect(check.refusal == nil, "\(name)")
        #expect(check.findings.filter { $0.severity != .warning } == [], "\(name)")
        let event = try #require(check.events.first)
        var sent = try #require(body["data"]?[0])
        if case .string(let text) = sent { sent = try JSON.parse(Array(text.utf8)) }
        for (key, value) in sent.members where key != "user_data" && !value.isNull {
            #expect(event.fields[key] == value, "\(name) \(key)")
        }
        let kept = (event.fields["user_data"] ?? .null).members.map(\.key) + event.personal.map(\.key.rawValue)
        #expect(Set(kept) == Set((sent["user_data"] ?? .null).members.map(\.key)), "\(name)")
    }
}
