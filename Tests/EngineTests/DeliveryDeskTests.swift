import Core
import Engine
import Storage
import TestSupport
import Testing

@Suite("Parts of deliveries, for jobs")
struct DeliveryDeskTests {
    @Test("hundreds that ask at once get the part of their own event, and of a delivery that is gone nothing")
    func atOnce() async throws {
        try await World.with(ConversionScene.setup(), scene: ConversionScene.base) { world in
            var seqs: [Int64] = []
            for delivery in 0..<3 {
                seqs.append(try await world.convert((0..<50).map { ConversionScene.event(id: "order-\(delivery)-\($0)") }))
            }
            try await eventually("decoded") { try await world.conversions().count == 150 }
            let events = try await world.store.read { try $0.events(EventFilter(), limit: 200).map(\.event) }
            #expect(events.count == 150)
            let desk = DeliveryDesk(store: try world.store)
            let found = try await withThrowingTaskGroup(of: (event: StoredEvent, id: String?).self) { group in
                for event in events + events {
                    group.addTask { (event, try await desk.part(of: event)?["event_id"]?.text) }
                }
                var found: [(event: StoredEvent, id: String?)] = []
                for try await one in group { found.append(one) }
                return found
            }
            for (event, id) in found {
                let delivery = try #require(seqs.firstIndex(of: event.deliverySeq))
                #expect(id == "order-\(delivery)-\(event.position)")
            }
            let first = try #require(events.first)
            _ = try await world.store.write { try $0.run("DELETE FROM deliveries") }
            #expect(try await DeliveryDesk(store: world.store).part(of: first) == nil)
        }
    }
}
