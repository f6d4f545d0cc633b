import Core
import Intake
import Signing
import Storage
import TestSupport
import Testing

@Suite("What a source has made of the rules", .serialized)
struct SourcePolicyTests {
    private static func source(_ policy: SourcePolicy) -> IntakeSource {
        IntakeSource(
            secrets: SourceSecrets(name: "shop", tokens: [Shop.token], secrets: [Shop.secret], datasets: [Shop.dataset]),
            consent: ConsentPolicy(path: ["custom_data", "consent"], without: .send), policy: policy)
    }

    /// Five events: two good ones, one of them without an id; one in milliseconds; two that nobody can take.
    private static var events: [JSON] {
        [
            Shop.purchase(1), Shop.purchase(2).with("event_id", nil),
            Shop.purchase(3).with("event_time", .integer(Shop.nowSeconds * 1_000 - 60_000)),
            Shop.purchase(4).with("custom_data.value", nil), Shop.purchase(5).with("user_data", ["client_user_agent": "x"]),
        ]
    }

    private func stored(_ port: PublicPort) async throws -> [JSON] {
        let requests = try await port.deliveries().compactMap(\.request)
        return try requests.flatMap { try JSON.parse($0.body)["data"]?.items ?? [] }
    }

    @Test("without a word about them, one bad event refuses its request")
    func documented() async throws {
        let port = try await PublicPort.start(sources: [Self.source(.documented)])
        let answer = try await port.curl.send(Shop.request(Self.events))
        #expect(answer.status == 400)
        #expect(try JSON.parse(answer)["error"]?["error_subcode"] == 2_804_004)
        #expect(try await stored(port).isEmpty)
        await port.stop()
    }

    @Test("rules, strictness and ids of a source hold for what it sends")
    func chosen() async throws {
        let policy = SourcePolicy(
            rules: SourceRules([.timeInMilliseconds: .repair]), strictness: .partial, eventIDs: EventIDPolicy(website: .leave))
        let port = try await PublicPort.start(sources: [Self.source(policy)])
        let answer = try JSON.parse(try await port.curl.send(Shop.request(Self.events)))
        #expect(answer["events_received"] == 3)
        #expect(
            answer["messages"]?.items.map { $0.text ?? "" } == [
                "$['data'][3]['custom_data']['value']: A Purchase needs custom_data.value. The event is kept apart.",
                "$['data'][4]['user_data']: Too little in user_data to find anybody: add em, ph, external_id, fbc, fbp or client_ip_address. The event is kept apart.",
                "$['data'][2]['event_time']: event_time was in milliseconds and was taken in seconds.",
            ])
        let events = try await stored(port).filter { $0["_touchstone"]?["forward"] == true }
        #expect(events.map { $0["event_id"]?.text } == ["order-1", nil, "order-3"])
        #expect(
            events.map { $0["_touchstone"]?["findings"] } == [nil, nil, [["event_time_in_milliseconds", "$['event_time']"]]])
        await port.stop()
    }

    @Test("a request that comes twice holds the same event for us, with an id of its own or without")
    func again() async throws {
        let port = try await PublicPort.start(sources: [Self.source(.documented)])
        let request = Shop.request([Shop.purchase(2).with("event_id", nil)])
        #expect(try await port.curl.send([request, request]).map(\.status) == [200, 200])
        let ids = try await stored(port).map { $0["event_id"]?.text }
        #expect(ids.count == 2 && ids[0] == ids[1])
        #expect(ids[0]?.hasPrefix("ts-") == true)
        await port.stop()
    }
}
