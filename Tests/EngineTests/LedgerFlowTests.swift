import Core
import Engine
import GraphEmulator
import Signing
import Storage
import Synchronization
import TestSupport
import Testing

@Suite("Every order accounted for")
struct LedgerFlowTests {
    private static let orders = 2_000
    /// Meta refuses it: it knows no such lead.
    private static let unknownLead = #","lead_id":9999999999999999"#
    private static let known = ConversionScene.base.replacing("{id: \"900\"}", with: "{id: \"900\", known_leads_only: true}")

    /// What becomes of an order, by its number: of a hundred 2 without consent, 1 refused here, 2 refused by Meta, 1 lost by the shop.
    private enum Fate: Equatable { case sent, withoutConsent, refusedHere, refusedByMeta, lost }

    private static func fate(_ number: Int) -> Fate {
        switch number % 100 {
        case 10, 60: .withoutConsent
        case 20: .refusedHere
        case 30, 80: .refusedByMeta
        case 40: .lost
        case _: .sent
        }
    }

    /// Of every order its purchase, and of some a second event.
    private static func events(_ number: Int) -> [String] {
        let fate = fate(number)
        guard fate != .lost else { return [] }
        let consent = fate == .withoutConsent ? "" : #","consent":true"#
        let money =
            fate == .refusedHere
            ? #"{"order_id":"A-\#(number)","value":5}"# : #"{"order_id":"A-\#(number)","value":5,"currency":"EUR"}"#
        let event = ConversionScene.event(
            id: "e\(number)", value: nil, user: fate == .refusedByMeta ? unknownLead : "",
            more: #"\#(consent),"custom_data":\#(money)"#)
        guard number % 25 == 1 else { return [event] }
        return [event, event.replacing("\"Purchase\"", with: "\"InitiateCheckout\"")]
    }

    private static func send(_ world: World) async throws {
        let secrets = SourceSecrets(name: "shop", tokens: ["shop-token"], secrets: [], datasets: ["900"])
        let nowMs = world.clock.nowMs()
        let verified = try SourceCheck.verify(
            token: "shop-token", proof: nil, timeSeconds: nil, dataset: "900", sources: [secrets], nowSeconds: nowMs / 1_000
        ).get()
        for start in stride(from: 0, to: orders, by: 100) {
            let body = #"{"data":[\#((start..<start + 100).flatMap(events).joined(separator: ","))]}"#
            let request = try ConversionRequest.parse(Array(body.utf8)).get()
            let check = ConversionCheck(
                request, consent: ConsentPolicy(path: ["consent"], without: .drop), strictness: .partial, nowMs: nowMs)
            let kept = check.events + check.faulty.compactMap(\.remains)
            let envelope = Envelope(
                conversions: kept.map { HashedEvent($0) }, from: verified, parameters: request.parameters,
                target: "/v26.0/900/events")
            _ = try await world.store.append(envelope, receivedAtMs: nowMs)
        }
    }

    private static var filter: LedgerFilter {
        var filter = LedgerFilter(workspace: "belmonte", source: "shop")
        filter.eventName = "Purchase"
        return filter
    }

    @Test("the ledger adds up to the last order, the lost ones are named, and a row that is falsified shows")
    func adds() async throws {
        try await World.with(ConversionScene.setup(), scene: Self.known) { world in
            try await Self.send(world)
            try await eventually("all have ended", withinMs: 120_000) {
                let ledger = try await world.store.ledger(Self.filter)
                return ledger.orders == Self.orders * 99 / 100 && ledger.count("waiting") == 0
            }
            let ledger = try await world.store.ledger(Self.filter)
            #expect(ledger.faults == [])
            #expect(ledger.count("accepted") == Self.orders * 94 / 100)
            #expect(ledger.count("left_out") == Self.orders * 2 / 100 && ledger.count("quarantined") == Self.orders * 3 / 100)
            #expect(ledger.reasons("left_out").map(\.reason) == ["no_consent"])
            #expect(ledger.reasons("quarantined").map(\.reason) == ["lead_id_unknown", "currency_missing"])

            let text = "order_id\n" + (0..<Self.orders).map { "A-\($0)" }.joined(separator: "\n")
            let file = try LedgerFile(Array(text.utf8), column: "order_id", digest: SHA256.hex)
            let found = try await world.store.reconcile(file, [Self.filter], wantsExtra: true)
            #expect(found.missing.map(\.id) == (0..<Self.orders).filter { Self.fate($0) == .lost }.map { "A-\($0)" })
            #expect(found.unaccounted.isEmpty && found.extra == [])

            // Meta's own word: what it took is what is booked as accepted.
            let accepted = Set(
                world.emulator.events().filter { $0.accepted > 0 && $0.eventName == "Purchase" }.compactMap(\.eventID))
            #expect(accepted == Set((0..<Self.orders).filter { Self.fate($0) == .sent }.map { "e\($0)" }))

            try await world.store.write {
                _ = try $0.run("UPDATE conversion_events SET state = 'waiting' WHERE order_key = 'A-7'")
            }
            #expect(try await world.store.ledger(Self.filter).unaccounted.map(\.order) == ["A-7"])
            try await world.store.write { _ = try $0.run("DELETE FROM conversion_events WHERE order_key = 'A-7'") }
            #expect(try await world.store.ledger(Self.filter).faults.count == 1)
            let again = try await world.store.reconcile(file, [Self.filter], wantsExtra: false)
            #expect(again.missing.contains { $0.id == "A-7" })
        }
    }

    /// An hour passes with every look at it.
    private final class HurriedClock: WallClock {
        private let state: Mutex<Int64>

        init(at ms: Int64) { state = Mutex(ms) }

        func nowMs() -> Int64 {
            state.withLock {
                $0 += 3_600_000
                return $0
            }
        }
    }

    @Test("a sweep that goes on from one hour into the next takes no rows of which the counts stay")
    func sweep() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let startMs = Scene.startMs / 3_600_000 * 3_600_000 + 1_800_000
        try await store.write { transaction in
            for hour in 0..<60 as Range<Int64> {
                let atMs = startMs + (hour - 5) * 3_600_000
                let body =
                    #"{"data":[{"event_name":"Purchase","event_time":1,"event_id":"e\#(hour)","user_data":{},"_touchstone":{"consent":"dropped"}}]}"#
                for conversion in ConversionDecoder.decode(
                    body: Array(body.utf8), dataset: "900", source: "shop", receivedAtMs: atMs, digest: { _ in "d" })
                {
                    try transaction.insertConversion(
                        conversion.facts, people: [], workspace: "belmonte", eventID: 1 + hour, receivedAtMs: atMs)
                    var tally = ReportTally()
                    tally.add(conversion, workspace: "belmonte", receivedAtMs: atMs)
                    try transaction.add(tally)
                }
            }
        }
        var policy = RetentionPolicy()
        policy.conversionsMs = 0
        await Janitor(store: store, policy: policy, clock: HurriedClock(at: startMs), logger: LogLines().logger).sweep()
        let ledger = try await store.ledger(Self.filter)
        #expect((1..<60).contains(ledger.orders) && ledger.faults == [])
        await store.close()
    }

    @Test("an order told under another's event id is dropped like any repeat, and is in the ledger")
    func repeats() async throws {
        try await World.with(ConversionScene.setup(), scene: ConversionScene.base) { world in
            let event = ConversionScene.event(
                id: "always-the-same", value: nil,
                more: #","consent":true,"custom_data":{"order_id":"A","value":5,"currency":"EUR"}"#)
            try await world.convert([event])
            try await world.convert([event, event.replacing("\"A\"", with: "\"B\"")])
            try await eventually("ended") { try await world.store.ledger(Self.filter).count("accepted") == 1 }
            let ledger = try await world.store.ledger(Self.filter)
            #expect(ledger.balances && ledger.orders == 2)
            #expect(ledger.reasons("left_out").map(\.reason) == ["duplicate_event_id"])
            let report = try await world.store.report(ReportFilter())
            #expect(report.sections.map(\.received) == [1])
            #expect(report.sections.map { $0.figure(ReportFigure.duplicates) } == [2])
            #expect(report.sections.first?.figure(ReportFigure.key + "em") == 1)
        }
    }
}
