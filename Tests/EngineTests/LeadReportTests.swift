import Core
import Engine
import GraphEmulator
import Signing
import Storage
import Synchronization
import TestSupport
import Testing

@Suite("Leads back to Meta: a lead is the first of its stages", .serialized)
struct LeadReportTests {
    private static let id = 444_555_666_777_888
    private static let conversionID = "crm-444555666777888-Lead-1795175940"
    private static let chain = [
        ChainStep(handler: "fetch_lead"), ChainStep(handler: "store_lead"), ChainStep(handler: "report_lead", argument: "crm"),
        ChainStep(handler: "touch"),
    ]
    private static let answers = #"{full_name: "Joe Example", email: "Joe.4711@example.com", phone_number: "+48 600 700 800"}"#

    private static func scene(_ more: String = "ad: \"1111\"", fields: String = answers) -> String {
        LeadScene.scene([LeadScene.lead(id, more, fields: fields)]) + "\ndatasets: [{id: \"900\"}]\n"
    }

    private static func setup(
        without: WithoutConsent = .send, stages: StagePolicy = StagePolicy(crm: "Our CRM"), owner: String = "belmonte",
        _ change: (inout Setup) -> Void = { _ in }
    ) -> Setup {
        Setup {
            $0.chains = [chain, ConversionScene.chain]
            $0.sources = ["crm": owner]
            $0.leadReports = [
                "crm": LeadReportPolicy(
                    source: "crm", dataset: "900", consent: ConsentPolicy(path: ["consent"], without: without),
                    policy: SourcePolicy(kind: .crm, stages: stages))
            ]
            change(&$0)
        }
    }

    private func tell(_ world: World) async throws { try await world.deliver(Scene.lead(Self.id, ad: "1111")) }

    private func deliveries(_ world: World) async throws -> Int {
        try await world.count("SELECT COUNT(*) FROM deliveries WHERE kind = 'conversions'")
    }

    private static func hash(_ text: String) -> [String] { [SHA256.hex(Array(text.utf8))] }

    @Test("a lead of Meta's is an event of the CRM's dataset, once, with its id and hashes, and counts as one lead")
    func line() async throws {
        try await World.with(Self.setup(), scene: Self.scene()) { world in
            try await tell(world)
            try await eventually("forwarded") { try await world.conversions(.forwarded) == 1 }
            let event = try #require(world.emulator.events().first)
            #expect(event.dataset == "900" && event.eventName == "Lead" && event.eventID == Self.conversionID)
            #expect(event.eventTime == 1_795_175_940 && event.actionSource == "system_generated")
            #expect(
                event.userData == [
                    "lead_id": ["444555666777888"], "em": Self.hash("joe.4711@example.com"), "ph": Self.hash("48600700800"),
                ])
            #expect(event.customKeys == ["event_source", "lead_event_source"] && event.received == 1)
            let stored = try #require(try await world.conversions().first)
            #expect(stored.source == "crm" && stored.adID == "1111" && stored.attributedBy == .lead)
            #expect(stored.consent == .sentWithout && stored.workspace == "belmonte")
            #expect(try await world.counted(.ad, "1111") == 1)
            let kept = try await world.store.read { try $0.delivery(stored.eventID / Transaction.eventID(seq: 1, position: 0)) }
            let body = String(decoding: try #require(kept?.request?.body), as: UTF8.self)
            #expect(!body.contains("4711") && !body.contains("600") && body.contains("444555666777888"))
        }
    }

    @Test("told again, done again by hand, and again when all keys are forgotten: still one event")
    func again() async throws {
        try await World.with(Self.setup(), scene: Self.scene()) { world in
            try await tell(world)
            try await eventually("forwarded") { try await world.conversions(.forwarded) == 1 }
            try await world.deliver(Scene.lead(Self.id, ad: "1111").replacing("1795175990", with: "1795175999"))
            let (nowMs, event) = (world.clock.nowMs(), try #require(try await world.lead(Self.id)?.id))
            _ = try await world.store.write { try $0.retryEvents([event], nowMs: nowMs) }
            try await world.settle()
            for _ in 0..<2 {
                _ = try await world.store.write { try $0.run("DELETE FROM event_keys") }
                try await tell(world)
                try await world.settle()
            }
            #expect(world.reads(of: "\(Self.id)") >= 3)
            #expect(try await deliveries(world) == 1)
            let states = try await world.states()
            #expect(states == [.forwarded: 1])
            #expect(world.emulator.events().map(\.received) == [1])
        }
    }

    @Test("killed after any call to Meta and started again, it is there once")
    func stopped() async throws {
        for n in 0..<6 {
            let slow = #"[{match: {}, count: forever, do: {delay_ms: 3}}]"#
            try await World.with(Self.setup(), scene: Self.scene(), faults: slow) { world in
                try await tell(world)
                try await eventually("call \(n)") { world.emulator.log().count >= n }
                try await world.restart(Self.setup())
                try await world.goOn(until: "forwarded") { try await world.conversions(.forwarded) == 1 }
                let events = world.emulator.events()
                #expect(events.map(\.eventID) == [Self.conversionID] && events.allSatisfy { $0.accepted == 1 })
                #expect(try await deliveries(world) == 1)
            }
        }
    }

    @Test("the nth write of the store fails, for every n until none does: the lead and its event are there, both once")
    func broken() async throws {
        var n = 1
        var hasFailed = true
        while hasFailed, n < 200 {
            let (writes, at) = (Tally(), n)
            let setup = Self.setup {
                $0.watch = { call throws(StoreError) in
                    switch call {
                    case .commit, .together: if writes.next() == at { throw .ioFailure(code: 10) }
                    case .begin, .run, .script: break
                    }
                }
            }
            try await World.with(setup, scene: Self.scene()) { world in
                try await tell(world)
                writes.begin()  // the lead is still to be read and its event to be taken in
                // what could not be given back waits for the end of its lease
                try await eventually("forwarded", withinMs: 30_000) {
                    if try await world.conversions(.forwarded) == 1 { return true }
                    try world.advance(ms: 2_000)
                    return false
                }
                hasFailed = writes.count >= at
                #expect(world.emulator.events().map(\.accepted) == [1], "\(at)")
                let count = try await deliveries(world)
                #expect(count == 1, "\(at)")
                #expect(try await world.lead(Self.id) != nil)
            }
            n += 1
        }
        #expect(n > 5)
    }

    @Test("without consent it stays here and says why; a ticked box of the form, or an answer, is consent")
    func consent() async throws {
        let (none, box) = ("ad: \"1111\"", "ad: \"1111\", consents: [{checkbox_key: optional_1, is_checked: true}]")
        let asked = StagePolicy(leadConsent: "optional_1")
        for (more, isSent) in [(none, false), (box, true)] {
            try await World.with(Self.setup(without: .drop, stages: asked), scene: Self.scene(more)) { world in
                try await tell(world)
                try await eventually("ended") { try await world.states() == [isSent ? .forwarded : .leftOut: 1] }
                try await world.settle()
                let stored = try #require(try await world.conversions().first)
                #expect(stored.consent == (isSent ? .granted : .dropped))
                #expect(stored.reason?.hasPrefix("no_consent") ?? false == !isSent)
                #expect(world.emulator.events().count == (isSent ? 1 : 0))
                #expect(try await world.lead(Self.id) != nil)
            }
        }
    }

    @Test("a lead that is too old for Meta waits in quarantine with its reason, once however often it is told of")
    func old() async throws {
        let scene = Self.scene().replacing("2026-11-20T11:59:00Z", with: "2026-11-10T11:59:00Z")
        try await World.with(Self.setup(), scene: scene) { world in
            for _ in 0..<2 {
                try await tell(world)
                try await world.settle()
                _ = try await world.store.write { try $0.run("DELETE FROM event_keys") }
            }
            let states = try await world.states()
            #expect(states == [.quarantined: 1] && world.eventCalls.isEmpty)
            #expect(try await world.conversions().first?.cause?.code == "event_time_too_old")
            #expect(try await world.lead(Self.id) != nil)
        }
    }

    @Test("a test lead, a lead of another workspace than the CRM's and an erased one are told to nobody")
    func exempt() async throws {
        let test = #"{email: "test@meta.com"}"#
        try await World.with(Self.setup(), scene: Self.scene(fields: test)) { world in
            try await tell(world)
            try await world.settle()
            #expect(try await world.lead(Self.id)?.isTest == true)
            #expect(try await deliveries(world) == 0)
        }
        try await World.with(Self.setup(owner: "other"), scene: Self.scene()) { world in
            try await tell(world)
            try await world.settle()
            #expect(try await world.lead(Self.id) != nil)
            #expect(try await deliveries(world) == 0)
        }
        let unreported = Self.setup { $0.chains[0].remove(at: 2) }
        try await World.with(unreported, scene: Self.scene()) { world in
            try await tell(world)
            try await world.settle()
            let nowMs = world.clock.nowMs()
            let person = "em:" + SHA256.hex(Array("joe.4711@example.com".utf8))
            _ = try await world.store.write { try $0.erase(people: [person], workspace: "belmonte", nowMs: nowMs) }
            #expect(try await world.lead(Self.id)?.state == .erased)
            try await world.restart(Self.setup())
            _ = try await world.store.write { try $0.run("DELETE FROM event_keys") }
            try await tell(world)
            try await world.settle()
            #expect(try await deliveries(world) == 0)
        }
    }
}

/// Counts, once it has begun.
private final class Tally: Sendable {
    private let made = Mutex<Int?>(nil)

    var count: Int { made.withLock { $0 ?? 0 } }

    func begin() { made.withLock { $0 = 0 } }

    func next() -> Int {
        made.withLock { made in
            made = made.map { $0 + 1 }
            return made ?? 0
        }
    }
}
