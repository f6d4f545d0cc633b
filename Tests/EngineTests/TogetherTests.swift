import Core
import Engine
import GraphEmulator
import Storage
import Synchronization
import TestSupport
import Testing

@Suite("Conversions that go through their chains together", .serialized)
struct TogetherTests {
    private static let chain = ["forward_conversion", "attribute", "touch"].map { ChainStep(handler: $0) }

    private static func events(_ count: Int, ad: (Int) -> String = { "\(5000 + $0 % 3)" }) -> [String] {
        (0..<count).map {
            ConversionScene.event(id: "order-\($0)", url: "https://shop.example/thanks?ad_id=\(ad($0))")
        }
    }

    private static func setup(_ change: (inout Setup) -> Void = { _ in }) -> Setup {
        ConversionScene.setup {
            $0.chains = [chain]
            change(&$0)
        }
    }

    @Test("a hundred conversions of one delivery cost a handful of statements, and each has its effects once")
    func handful() async throws {
        let asked = Mutex<[String]>([])
        let setup = Self.setup {
            $0.watch = { call in
                guard case .run(let statement) = call else { return }
                asked.withLock { $0.append(statement.text) }
            }
        }
        try await World.with(setup, scene: ConversionScene.base) { world in
            try await world.convert(Self.events(100))
            try await eventually("all are at Meta") { try await world.conversions(.forwarded) == 100 }
            try await world.settle()
            func count(_ what: String) -> Int { asked.withLock { $0.count { $0.contains(what) } } }
            #expect(count("AND EXISTS (SELECT 1 FROM conversion_events e") <= 5)
            #expect(count("SELECT entity_id, adset_id, campaign_id, account_id FROM entities") <= 20)
            #expect(count("UPDATE conversion_events AS c SET ad_id") <= 10)
            #expect(count("INSERT INTO outbox") <= 20)
            #expect(try await world.conversions().allSatisfy { $0.attributedBy == .url })
            #expect(world.emulator.eventTotals().accepted == 100 && world.emulator.eventTotals().received == 100)
            #expect(try await world.own(.ad, "5000").purchases == 34)
            #expect(try await world.count("SELECT COUNT(*) FROM touched_entities") == 3)
            #expect(try await world.count("SELECT COUNT(*) FROM jobs WHERE state = 'done' AND attempt = 1") == 100)
        }
    }

    @Test("what can't be read for one of them holds up that one alone, and goes on when it can be read")
    func oneOfMany() async throws {
        let isDamaged = Mutex(true)
        let setup = Self.setup {
            $0.watch = { call throws(StoreError) in
                guard case .run(let statement) = call, statement.text.contains("account_id FROM entities"),
                    statement.binds.contains(where: { $0.value == .text("5666") }), isDamaged.withLock({ $0 })
                else { return }
                throw .column(name: "adset_id", problem: "holds bytes where text is expected")
            }
        }
        try await World.with(setup, scene: ConversionScene.base) { world in
            try await world.convert(Self.events(40) { $0 == 17 ? "5666" : "5001" })
            try await eventually("the others are at Meta") { try await world.conversions(.forwarded) == 39 }
            #expect(try await world.own(.ad, "5001").purchases == 39)
            let left = try await world.count("SELECT COUNT(*) FROM jobs WHERE state = 'open' AND reason LIKE 'store:%'")
            #expect(left == 1)
            isDamaged.withLock { $0 = false }
            try await eventually("all are at Meta") {
                try await world.settle(untilMs: world.clock.nowMs() + 3_600_000)
                return try await world.conversions(.forwarded) == 40
            }
            #expect(world.emulator.eventTotals().accepted == 40 && world.emulator.eventTotals().received == 40)
            #expect(try await world.own(.ad, "5666").purchases == 1)
        }
    }

    @Test("a click that one event tells the ad of is known to those after it in the same delivery")
    func click() async throws {
        try await World.with(Self.setup(), scene: ConversionScene.base) { world in
            let click = #","fbc":"fb.1.1763640000000.IwAR0abcDEF""#
            try await world.convert([
                ConversionScene.event("Search", id: "a", url: "https://shop.example/?ad_id=5001", user: click),
                ConversionScene.event(id: "b", user: click), ConversionScene.event(id: "c"),
            ])
            try await eventually("attributed") {
                try await world.conversions().map(\.attributedBy) == [.url, .click, AttributionMethod.none]
            }
            #expect(try await world.conversions().map(\.adID) == ["5001", "5001", nil])
        }
    }

    @Test("refunds beside their purchases, and events of other kinds, in one delivery: each comes to its own end")
    func mixed() async throws {
        try await World.with(Self.setup(), scene: ConversionScene.base) { world in
            func order(_ name: String, _ id: String, value: String, person: String) -> String {
                let now = ConversionScene.justNow
                return
                    #"{"event_name":"\#(name)","event_time":\#(now),"action_source":"website","event_source_url":"https://shop.example/?ad_id=5001","event_id":"\#(id)","custom_data":{"order_id":"7","value":\#(value),"currency":"EUR"}\#(person)}"#
            }
            let person = #","user_data":{"em":"\#(ConversionScene.email)","client_user_agent":"UA"}"#
            try await world.convert([
                order("Refund", "r1", value: "20.00", person: ""), order("Purchase", "7", value: "50.00", person: person),
                ConversionScene.event("Search", id: "s1"),
            ])
            try await eventually("all are attributed") { try await world.conversions().allSatisfy { $0.attributedBy != nil } }
            try await eventually("the refund counts") {
                try await world.settle()
                return try await world.own(.ad, "5001").revenueMinor == ["EUR": 3_000]
            }
            #expect(try await world.states() == [.forwarded: 2, .leftOut: 1])
        }
    }

    /// The calls are counted from the moment that the conversions are stored.
    @Test("whichever call of the database fails: every conversion is at Meta once and counts once")
    func everyCall() async throws {
        for n in 1...60 {
            let calls = Mutex<Int?>(nil)
            let setup = Self.setup {
                $0.watch = { call throws(StoreError) in
                    guard case .run(let statement) = call, !statement.text.hasPrefix("SELECT MIN(due_at)") else { return }
                    let isIt = calls.withLock { calls in
                        guard let count = calls else { return false }
                        calls = count + 1
                        return count + 1 == n
                    }
                    if isIt { throw .ioFailure(code: 10) }
                }
            }
            try await World.with(setup, scene: ConversionScene.base) { world in
                try await world.convert(Self.events(12))
                calls.withLock { $0 = 0 }
                try await eventually("call \(n): all are at Meta", withinMs: 30_000) {
                    try await tolerating { try await world.settle(untilMs: world.clock.nowMs() + 3_600_000) }
                    return try await tolerating { try await world.conversions(.forwarded) == 12 } ?? false
                }
                calls.withLock { $0 = nil }
                #expect(world.emulator.events().allSatisfy { $0.accepted == 1 }, "call \(n)")
                #expect(world.emulator.eventTotals().accepted == 12, "call \(n)")
                #expect(try await world.own(.ad, "5000").purchases == 4, "call \(n)")
                #expect(try await world.count("SELECT COUNT(*) FROM outbox") == 12, "call \(n)")
            }
        }
    }

    /// Nil when the database failed under the question itself.
    private func tolerating<T>(_ ask: () async throws -> T) async throws -> T? {
        do {
            return try await ask()
        } catch is StoreError {
            return nil
        }
    }
}
