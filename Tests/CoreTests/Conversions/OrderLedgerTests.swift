import Core
import Testing

@Suite("The ledger of orders")
struct OrderLedgerTests {
    private static func entry(
        _ order: String, _ state: ConversionState, _ reason: String? = nil, test: Bool = false, answered: Bool = false,
        underWay: Bool = false
    ) -> LedgerEntry {
        LedgerEntry(
            orderKey: order, state: state, reason: reason, isTest: test, hasForwardedTime: answered, isUnderWay: underWay)
    }

    private static func ledger(_ entries: [LedgerEntry], orders: Int, missing: Int = 0) -> Ledger {
        var ledger = Ledger(orders: orders, eventsWithoutOrder: 0, eventsMissing: missing)
        for entry in entries { ledger.add(entry) }
        ledger.close()
        return ledger
    }

    @Test(
        "where an order is follows from its row, and a row that contradicts itself is unaccounted for",
        arguments: [
            (entry("o", .forwarded, answered: true), LedgerStanding.accepted),
            (entry("o", .forwarded, "2804001: Without fbc.", answered: true), .accepted),
            (entry("o", .forwarded), .unaccounted(reason: "no_answer_of_meta")),
            (entry("o", .forwarded, test: true, answered: true), .leftOut(reason: "test_event")),
            (entry("o", .waiting, underWay: true), .waiting),
            (entry("o", .waiting), .unaccounted(reason: "nothing_will_send_it")),
            (entry("o", .leftOut, "no_consent: There is none."), .leftOut(reason: "no_consent")),
            (entry("o", .leftOut, "no_consent", answered: true), .unaccounted(reason: "answered_and_not_forwarded")),
            (entry("o", .leftOut, "quarantined"), .quarantined(reason: "quarantined")),
            (entry("o", .quarantined, "value_missing"), .quarantined(reason: "value_missing")),
            (entry("o", .refused, "meta_2804019: Bad."), .quarantined(reason: "meta_2804019")),
            (entry("o", .refused, answered: true), .unaccounted(reason: "answered_and_not_forwarded")),
            (entry("o", .replaced), .leftOut(reason: "replaced")),
        ])
    func standing(_ entry: LedgerEntry, _ expected: LedgerStanding) { #expect(entry.standing == expected) }

    @Test("an order of several events counts once, and is accepted when any of them is")
    func several() {
        let ledger = Self.ledger(
            [
                Self.entry("1", .leftOut, "no_consent"), Self.entry("1", .forwarded, answered: true),
                Self.entry("1", .quarantined, "value_missing"),
                Self.entry("2", .quarantined, "value_missing"), Self.entry("2", .waiting, underWay: true),
                Self.entry("3", .replaced), Self.entry("3", .refused, "x"),
                Self.entry("4", .leftOut, "no_consent"), Self.entry("4", .leftOut, "no_match_keys"),
            ], orders: 4)
        #expect(
            ["accepted", "waiting", "quarantined", "left_out", "unaccounted"].map(ledger.count) == [1, 1, 1, 1, 0])
        #expect(ledger.balances)
        #expect(ledger.reasons("left_out").map(\.reason) == ["no_consent"])
    }

    @Test("where it does not add up, it says so and names the orders")
    func faults() {
        let off = Self.ledger([Self.entry("1", .forwarded, answered: true)], orders: 2)
        #expect(!off.balances && off.faults == ["2 orders were seen, and 1 are booked."])
        let stuck = Self.ledger([Self.entry("7", .waiting)], orders: 1)
        #expect(!stuck.balances && stuck.unaccounted.map(\.order) == ["7"])
        let gone = Self.ledger([], orders: 0, missing: 3)
        #expect(!gone.balances && gone.faults.count == 1)
        var repeated = Ledger(orders: 1, eventsWithoutOrder: 0, eventsMissing: 0)
        repeated.add("9", .duplicateID)
        repeated.close()
        #expect(repeated.balances && repeated.count("left_out") == 1)
    }

    @Test("of a file every order is found or missing, whatever the order of the rows")
    func reconciling() throws {
        let file = try LedgerFile(Array("order_id\n1\n2\n3\n4\n".utf8), column: "order_id", digest: { _ in "" })
        let standings = LedgerReconciliation.standings(
            [
                Self.entry("2", .waiting), Self.entry("1", .leftOut, "no_consent"),
                Self.entry("1", .forwarded, answered: true),
            ], repeated: ["1", "3"])
        var found = LedgerReconciliation()
        for order in file.orders { found.add(order, standings[order.key]) }
        #expect(found.missing.map(\.id) == ["4"] && found.missing.map(\.line) == [5])
        #expect(found.unaccounted.map(\.order.id) == ["2"])
        #expect(found.count("accepted") == 1 && found.count("left_out") == 1 && !found.isComplete)
    }

    // MARK: keys

    private static func facts(_ members: String, own: String = #"{"consent":"granted","forward":true}"#) -> ConversionFacts? {
        ConversionDecoder.decode(
            body: Array(#"{"data":[{"event_name":"Purchase",\#(members)"_touchstone":\#(own)}]}"#.utf8), dataset: "9",
            source: "s", receivedAtMs: 0, digest: { "\($0.count)" }
        ).first?.facts
    }

    @Test(
        "an order is known by its order_id, else by the sender's own event_id",
        arguments: [
            (#""event_id":"e","custom_data":{"order_id":"A-1"},"#, "A-1"),
            (#""event_id":"e","custom_data":{"order_id":1001},"#, "1001"),
            (#""event_id":"e","custom_data":{"order_id":" A-1 "},"#, "A-1"),
            (##""event_id":"e","custom_data":{"order_id":"#7"},"##, "sha256:2"),
            (#""event_id":"e","custom_data":{"order_id":""},"#, "e"), (#""event_id":"e","#, "e"),
            (#""custom_data":{"order_id":"A-1"},"#, "A-1"), ("", nil),
        ])
    func orderKey(_ members: String, _ expected: String?) throws {
        #expect(try #require(Self.facts(members)).orderKey == expected)
    }

    @Test("an id that we made is nobody's order")
    func madeID() throws {
        let own = #"{"consent":"granted","forward":true,"made_id":true}"#
        #expect(try #require(Self.facts(#""event_id":"ts-1","#, own: own)).orderKey == nil)
    }
}
