import Core
import Engine
import GraphEmulator
import Storage
import TestSupport
import Testing

@Suite("Refunds and repeated orders, from the request to the figures")
struct RefundFlowTests {
    private static func event(
        _ name: String, id: String, order: String = "7", value: String? = nil, currency: String = "EUR", ad: String? = "1111",
        at seconds: Int64 = ConversionScene.justNow
    ) -> String {
        let url = ad.map { "https://shop.example/?ad_id=\($0)" } ?? "https://shop.example/thanks"
        let money = value.map { #","value":\#($0),"currency":"\#(currency)""# } ?? ""
        let person = name == "Refund" ? "" : #","user_data":{"em":"\#(ConversionScene.email)","client_user_agent":"UA"}"#
        return
            #"{"event_name":"\#(name)","event_time":\#(seconds),"action_source":"website","event_source_url":"\#(url)","event_id":"\#(id)","custom_data":{"order_id":"\#(order)"\#(money)}\#(person)}"#
    }

    private func attributed(_ world: World, _ count: Int) async throws {
        try await eventually("attributed") { try await world.conversions().filter { $0.attributedBy != nil }.count == count }
        try await world.settle()
    }

    @Test("refunds lower the revenue of the purchase's ad, never below nothing, and Meta hears nothing of them")
    func refunds() async throws {
        try await World.with(ConversionScene.setup(), scene: ConversionScene.base) { world in
            try await world.convert([Self.event("Purchase", id: "7", value: "50.00")])
            try await attributed(world, 1)
            // two in part, one of them twice; the ad is the purchase's, whatever page the refund names
            try await world.convert([
                Self.event("Refund", id: "r1", value: "20.00", ad: "1112"),
                Self.event("Refund", id: "r2", value: "5.50", ad: nil),
            ])
            try await attributed(world, 3)
            let own = try await world.own(.ad, "1111")
            #expect(own.purchases == 1 && own.refunds == 2 && own.revenueMinor == ["EUR": 2_450])
            #expect(try await world.own(.ad, "1112") == OwnFigures())
            // more than there is left
            try await world.convert([Self.event("Refund", id: "r3", value: "400.00"), Self.event("Refund", id: "r4")])
            try await attributed(world, 5)
            #expect(try await world.own(.ad, "1111").revenueMinor == ["EUR": 0])
            #expect(try await world.own(.ad, "1111").refunds == 4)
            let refunds = try await world.conversions().filter { $0.eventName == "Refund" }
            #expect(refunds.allSatisfy { $0.state == .leftOut && $0.reason?.hasPrefix("refund:") == true && $0.adID == "1111" })
            try await eventually("the purchase is sent") { try await world.conversions(.forwarded) == 1 }
            #expect(world.eventCalls.count == 1)
        }
    }

    @Test("a refund of an order that never came touches no figure; one that overtakes its purchase waits for it")
    func unknown() async throws {
        try await World.with(ConversionScene.setup(), scene: ConversionScene.base) { world in
            try await world.convert([
                Self.event("Refund", id: "r1", value: "20.00"), Self.event("Refund", id: "x", order: "8", value: "5"),
            ])
            try await eventually("both wait") {
                try await world.count("SELECT COUNT(*) FROM jobs WHERE reason LIKE 'purchase_awaited%'") == 2
            }
            try await world.convert([Self.event("Purchase", id: "7", value: "50.00")])
            try await attributed(world, 1)
            try world.passTime(ms: Limits.refundWaitMs)
            try await attributed(world, 3)
            let own = try await world.own(.ad, "1111")
            #expect(own.refunds == 1 && own.revenueMinor == ["EUR": 3_000])
            let stranger = try await world.conversions().first { $0.conversionID == "x" }
            #expect(stranger?.attributedBy == AttributionMethod.none && stranger?.adID == nil && stranger?.state == .leftOut)
        }
    }

    @Test("a refund whose purchase comes, or is mended, long after it is counted when that is")
    func late() async throws {
        try await World.with(ConversionScene.setup(), scene: ConversionScene.base) { world in
            try await world.convert([
                Self.event("Refund", id: "r1", value: "20.00"), Self.event("Refund", id: "r2", value: "5.00"),
            ])
            try await eventually("both wait") {
                try await world.count("SELECT COUNT(*) FROM jobs WHERE reason LIKE 'purchase_awaited%'") == 2
            }
            try world.passTime(ms: Limits.refundWaitMs)
            try await attributed(world, 2)
            #expect(try await world.own(.ad, "1111") == OwnFigures())
            try await world.convert([Self.event("Purchase", id: "7", value: "50.00")])
            try await eventually("counted") { try await world.own(.ad, "1111").refunds == 2 }
            let own = try await world.own(.ad, "1111")
            #expect(own.purchases == 1 && own.revenueMinor == ["EUR": 2_500])
            try await world.settle()
            #expect(try await world.own(.ad, "1111") == own)
        }
    }

    @Test("a refund in another currency makes the revenue unknown instead of wrong")
    func currency() async throws {
        try await World.with(ConversionScene.setup(), scene: ConversionScene.base) { world in
            try await world.convert([Self.event("Purchase", id: "7", value: "50.00")])
            try await attributed(world, 1)
            try await world.convert([Self.event("Refund", id: "r1", value: "5", currency: "USD")])
            try await attributed(world, 2)
            let own = try await world.own(.ad, "1111")
            #expect(own.refundsWithoutValue == 1 && own.revenueMinor == ["EUR": 5_000])
        }
    }

    @Test("an order given up unpaid and bought after all keeps its money, and what is paid back later counts in full")
    func unpaid() async throws {
        try await World.with(ConversionScene.setup(), scene: ConversionScene.base) { world in
            let earlier = ConversionScene.justNow - 3_600
            try await world.convert([Self.event("Refund", id: "refund-order-7-unpaid", at: earlier)])
            try await eventually("waits") {
                try await world.count("SELECT COUNT(*) FROM jobs WHERE reason LIKE 'purchase_awaited%'") == 1
            }
            try await world.convert([Self.event("Purchase", id: "7", value: "50.00")])
            try await attributed(world, 1)
            try world.passTime(ms: Limits.refundWaitMs)
            try await attributed(world, 2)
            var own = try await world.own(.ad, "1111")
            #expect(own.purchases == 1 && own.refunds == 0 && own.revenueMinor == ["EUR": 5_000])
            try await world.convert([Self.event("Refund", id: "r1", value: "20.00")])
            try await attributed(world, 3)
            own = try await world.own(.ad, "1111")
            #expect(own.refunds == 1 && own.revenueMinor == ["EUR": 3_000])
            // without a value, after the purchase: all that is left
            try await world.convert([Self.event("Refund", id: "refund-order-7", at: ConversionScene.justNow + 1)])
            try await attributed(world, 4)
            own = try await world.own(.ad, "1111")
            #expect(own.refunds == 2 && own.revenueMinor == ["EUR": 0])
        }
    }

    @Test("a rule on refunds acts at once")
    func rule() async throws {
        let rule = try VersionedRule.when("own.refunds", "today", ">= 1", then: [.pause])
        let setup = Setup([rule]) {
            $0.chains = [ConversionScene.touching]
            $0.refresh = RefreshPolicy(followUpMs: [])
        }
        try await World.with(setup, scene: ConversionScene.base) { world in
            try await world.convert([Self.event("Purchase", id: "7", value: "50.00")])
            try await eventually("read") { try await world.touched(.campaign, "11")?.lastReadAtMs != nil }
            try await world.settle()
            #expect(try await world.actions().isEmpty)
            try await world.convert([Self.event("Refund", id: "r1", value: "20.00")])
            try await eventually("paused") { world.emulator.entity("11")?.status == "PAUSED" }
        }
    }

    @Test("an order that a shop tells again, after its key is forgotten, is sent once and counts once")
    func repeated() async throws {
        try await World.with(ConversionScene.setup(), scene: ConversionScene.base) { world in
            try await world.convert([Self.event("Purchase", id: "7", value: "50.00")])
            try await eventually("sent") { try await world.conversions(.forwarded) == 1 }
            try await world.store.write { transaction throws in _ = try transaction.run("DELETE FROM event_keys") }
            try await world.convert([Self.event("Purchase", id: "7", value: "50.00")])
            try await attributed(world, 2)
            try await eventually("left out") { try await world.conversions(.leftOut) == 1 }
            #expect(world.eventCalls.count == 1)
            #expect(try await world.conversions().last?.reason?.hasPrefix("order_repeated:") == true)
            #expect(try await world.own(.ad, "1111").purchases == 1)
        }
    }
}
