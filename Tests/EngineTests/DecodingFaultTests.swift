import Core
import Engine
import Storage
import Synchronization
import TestSupport
import Testing

@Suite("Deliveries that can't be stored as they are", .serialized)
struct DecodingFaultTests {
    /// Refuses, as a database would, every event that names the campaign.
    private static func refusing(_ campaign: String) -> @Sendable (DriverCall) throws(StoreError) -> Void {
        { call throws(StoreError) in
            guard case .run(let statement) = call, statement.text.contains("INSERT INTO events"),
                statement.binds.contains(where: {
                    if case .text(let text) = $0.value { text.contains("\"\(campaign)\"") } else { false }
                })
            else { return }
            throw .constraint(.check)
        }
    }

    @Test(
        "reliability 10: one event of a delivery can't be stored for ever: it is kept as a faulty one with its reason, all others go on"
    )
    func oneOfMany() async throws {
        let lines = LogLines()
        let setup = Setup {
            $0.watch = Self.refusing("1013")
            $0.logger = lines.logger
        }
        try await World.with(setup, scene: Scene.campaigns(30)) { world in
            let seq = try await world.deliver(Scene.touch(.campaign, (0..<30).map { "\(1000 + $0)" }, n: 1))
            try await world.touch(.campaign, "1001", n: 2)  // what came later waits for it, and then goes on
            try await world.settle()
            let delivery = try #require(try await world.store.read { try $0.delivery(seq) })
            #expect(delivery.decoded && delivery.events == 30 && delivery.reason?.hasPrefix("unstorable:") == true)
            var filter = EventFilter()
            filter.kind = "undecodable"
            let faulty = try await world.store.read { [filter] in try $0.events(filter, limit: 10) }
            #expect(faulty.map(\.event.position) == [13] && faulty.first?.event.fault?.hasPrefix("unstorable:") == true)
            #expect(faulty.first?.event.workspace == "belmonte")
            #expect(try await world.count("SELECT COUNT(*) FROM touched_entities") == 29)
            #expect(try await world.touched(.campaign, "1001")?.lastEventID ?? 0 > Transaction.eventID(seq: seq, position: 4_095))
            #expect(lines.text.contains(TraceID(seq: seq).text))
        }
    }

    @Test("a delivery of which nothing can be stored comes to its end, too, with its reason")
    func allOfIt() async throws {
        let setup = Setup {
            $0.watch = { call throws(StoreError) in
                guard case .run(let statement) = call, statement.text.contains("INSERT INTO events") else { return }
                throw .constraint(.check)
            }
        }
        try await World.with(setup) { world in
            let seq = try await world.touch(.campaign, "11", "12")
            try await world.settle()
            let delivery = try #require(try await world.store.read { try $0.delivery(seq) })
            #expect(delivery.decoded && delivery.events == 0 && delivery.reason?.hasPrefix("unstorable:") == true)
        }
    }

    @Test("an old row that can't be read any more costs none of the conversions that come in beside it")
    func oldRow() async throws {
        var setup = ConversionScene.setup()
        setup.watch = { call throws(StoreError) in
            guard case .run(let statement) = call, statement.text.contains("FROM conversion_events"),
                statement.text.contains("conversion_id IN")
            else { return }
            throw .column(name: "state", problem: "holds a word that is not known")
        }
        try await World.with(setup, scene: ConversionScene.base) { world in
            let seq = try await world.convert((0..<10).map { ConversionScene.event(id: "order-\($0)") })
            try await eventually("all are at Meta") { try await world.conversions(.forwarded) == 10 }
            let delivery = try #require(try await world.store.read { try $0.delivery(seq) })
            #expect(delivery.decoded && delivery.events == 10 && delivery.reason == nil)
        }
    }

    @Test("a disk that is full blames no event: it is tried until it can be stored, in the order of storing")
    func disk() async throws {
        let isFull = Switch()
        let setup = Setup {
            $0.watch = { call throws(StoreError) in
                guard isFull.isOn, case .run(let statement) = call, statement.text.contains("INSERT INTO events") else { return }
                isFull.count()
                throw .full
            }
        }
        try await World.with(setup) { world in
            isFull.isOn = true
            let seq = try await world.touch(.campaign, "11", "12")
            try await eventually("tried some times") { isFull.hits > 2 * Limits.decodeFailuresMax }
            isFull.isOn = false
            try await world.settle()
            let delivery = try #require(try await world.store.read { try $0.delivery(seq) })
            #expect(delivery.decoded && delivery.events == 2 && delivery.reason == nil)
        }
    }

    @Test(
        "reliability 8: the database fails for a while at every call: each loop goes on, none is dead, and all is done afterwards"
    )
    func everyLoop() async throws {
        let isDown = Switch()
        let setup = Setup {
            $0.watch = { call throws(StoreError) in
                guard isDown.isOn else { return }
                isDown.count()
                throw .ioFailure(code: 10)
            }
        }
        try await World.with(setup) { world in
            try await world.touch(.campaign, "11")
            try await world.settle()
            isDown.isOn = true
            try await eventually("failed many times") { isDown.hits > 200 }
            #expect(try world.engine.loops.values.allSatisfy { $0 < Limits.loopSilentMs })
            isDown.isOn = false
            try await world.touch(.campaign, "12", n: 2)
            try await eventually("done") { try await world.touched(.campaign, "12")?.state == .done }
            let loops = try world.engine.loops
            #expect(
                Set(loops.keys).isSuperset(of: ["decoder", "jobs", "refresher", "outbox", "conversions", "gates", "janitor"]))
            #expect(loops.values.allSatisfy { $0 < Limits.loopSilentMs })
        }
    }

    @Test("what handlers came to is kept while nothing can be stored, and committed then, without asking the network again")
    func keptOutcome() async throws {
        let isFull = Switch()
        let setup = Setup {
            $0.chains = [[ChainStep(handler: "fetch_lead"), ChainStep(handler: "store_lead")]]
            $0.watch = { call throws(StoreError) in
                guard isFull.isOn, case .run(let statement) = call,
                    statement.text.hasPrefix("UPDATE jobs AS q SET state = 'done'")
                else { return }
                isFull.count()
                throw .full
            }
        }
        try await World.with(setup, scene: LeadScene.scene()) { world in
            isFull.isOn = true
            try await world.deliver(Scene.lead(444, ad: "1111"))
            try await eventually("tried") { isFull.hits > 1 }
            isFull.isOn = false
            try await eventually("stored") { try await world.lead(444) != nil }
            #expect(world.reads(of: "444") == 1)
        }
    }
}

/// A fault that is turned on and off, and counts.
private final class Switch: Sendable {
    private let state = Mutex((isOn: false, hits: 0))

    var isOn: Bool {
        get { state.withLock { $0.isOn } }
        set { state.withLock { $0.isOn = newValue } }
    }
    var hits: Int { state.withLock { $0.hits } }
    func count() { state.withLock { $0.hits += 1 } }
}
