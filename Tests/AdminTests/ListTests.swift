import Core
import NIOHTTP1
import Storage
import Testing

@testable import Admin

@Suite("Admin port: lists")
struct ListTests {
    /// Twelve events over an hour: a dead one, a held one, a stray one, one with a fault, a lead, the rest open; the ids in order.
    private static func fill(_ house: AdminHouse) async throws -> [Int64] {
        var ids: [Int64] = []
        for number in 0..<12 {
            let event =
                switch number {
                case 3: AdminHouse.event(kind: "stray", object: "user", field: "about")
                case 4: AdminHouse.event(kind: "page.leadgen", object: "page", field: "leadgen", entity: "777", order: "lead:444")
                case 5: AdminHouse.event(fault: "no object_id")
                default: AdminHouse.event(entity: number == 7 ? "222" : "111")
                }
            ids += try await house.deliver([event], workspace: number == 6 ? "aurelia" : "belmonte")
            house.advance(ms: 300_000)
        }
        let nowMs = house.nowMs
        try await house.end(ids[0]) {
            _ = try $0.kill(.jobs, id: $1.id, attempt: $1.attempt, reason: "graph_100: Meta refused it.", nowMs: nowMs)
        }
        try await house.end(ids[1]) {
            _ = try $0.hold(
                .jobs, id: $1.id, attempt: $1.attempt, gate: .token(workspace: "belmonte"),
                reason: "token_refused: The token was refused.",
                nowMs: nowMs)
        }
        try await house.end(ids[2]) { _ = try $0.complete(.jobs, $1, nowMs: nowMs) }
        return ids
    }

    private static func expect(_ house: AdminHouse, _ query: String, _ ids: [Int64], _ comment: Comment? = nil) async throws {
        let answer = try await house.ask("/v1/events\(query)")
        #expect(answer.status == 200 && answer.ids == ids.map { "\($0)" }, "\(query)")
    }

    @Test("events by every filter, alone and together")
    func filters() async throws {
        try await AdminHouse.with { house in
            let ids = try await Self.fill(house)
            let newest = Array(ids.reversed())
            try await Self.expect(house, "", newest)
            try await Self.expect(house, "?state=dead", [ids[0]])
            try await Self.expect(house, "?state=held", [ids[1]])
            try await Self.expect(house, "?state=done", [ids[2]])
            try await Self.expect(house, "?state=unrouted", [ids[3]])
            try await Self.expect(house, "?state=open", newest.filter { ids[4...].contains($0) })
            try await Self.expect(house, "?workspace=aurelia", [ids[6]])
            try await Self.expect(house, "?workspace=nobody", [])
            try await Self.expect(house, "?kind=page.leadgen", [ids[4]])
            try await Self.expect(house, "?object=page&field=leadgen", [ids[4]])
            try await Self.expect(house, "?object=page&field=feed", [])
            try await Self.expect(house, "?entity=222", [ids[7]])
            try await Self.expect(house, "?lead=444", [ids[4]])
            try await Self.expect(house, "?entity=444", [ids[4]])
            try await Self.expect(house, "?entity=44", [])
            try await Self.expect(house, "?lead=444&entity=777", [ids[4]])
            try await Self.expect(house, "?lead=444&entity=111", [])
            try await Self.expect(house, "?reason=graph_100", [ids[0]])
            try await Self.expect(house, "?reason=token_refused", [ids[1]])
            try await Self.expect(house, "?reason=graph_10", [])
            try await Self.expect(house, "?reason=graph_100&state=dead&entity=111&workspace=belmonte", [ids[0]])
            try await Self.expect(house, "?reason=graph_100&state=held", [])
            try await Self.expect(house, "?reason=no%20object_id", [ids[5]])
            try await Self.expect(house, "?reason=no+object_id", [ids[5]])
            let third = AdminHouse.start + 3 * 300_000
            try await Self.expect(house, "?until=\(third)", [ids[2], ids[1], ids[0]])
            try await Self.expect(house, "?since=\(third)&until=\(third + 300_001)", [ids[4], ids[3]])
            try await Self.expect(house, "?since=\(third)&state=dead", [])
            try await Self.expect(house, "?since=253402300799999", [])
            try await Self.expect(house, "?until=0", [])
        }
    }

    @Test("an event shows its state, its reason and what it names, ids as text")
    func row() async throws {
        try await AdminHouse.with { house in
            let ids = try await Self.fill(house)
            let row = try #require(try await house.ask("/v1/events?state=held").document["data"]?[0])
            #expect(row["id"]?.text == "\(ids[1])" && row["workspace"]?.text == "belmonte" && row["account_id"]?.text == "9")
            #expect(row["reason"]?.text == "token_refused: The token was refused." && row["routes"]?.integer == 1)
            #expect(row["entities"] == [["level": "ad", "id": "111"]] && row["trace"]?.text == TraceID(eventID: ids[1]).text)
            #expect(row["received_at_ms"]?.integer == AdminHouse.start + 300_000)
        }
    }

    @Test("a page goes on behind the last, though rows come in between", arguments: [1, 3, 5, 200])
    func pages(_ limit: Int) async throws {
        try await AdminHouse.with { house in
            let ids = try await Self.fill(house)
            var seen: [String] = []
            var query = "?limit=\(limit)"
            for _ in 0..<20 {
                let answer = try await house.ask("/v1/events\(query)")
                #expect(answer.status == 200 && answer.ids.count <= limit)
                seen += answer.ids
                try await house.deliver([AdminHouse.event()])
                guard let cursor = answer.cursor else { break }
                query = "?limit=\(limit)&cursor=\(cursor)"
            }
            #expect(seen == ids.reversed().map { "\($0)" })
        }
    }

    @Test("who follows gets each new event once, oldest first, and always a place to go on from")
    func follow() async throws {
        try await AdminHouse.with { house in
            let ids = try await Self.fill(house)
            let first = try await house.ask("/v1/events?after=\(ids[9])&limit=1")
            #expect(first.ids == ["\(ids[10])"])
            var cursor = try #require(first.cursor)
            let second = try await house.ask("/v1/events?cursor=\(cursor)")
            #expect(second.ids == ["\(ids[11])"])
            cursor = try #require(second.cursor)
            let none = try await house.ask("/v1/events?cursor=\(cursor)")
            #expect(none.ids.isEmpty)
            let more = try await house.deliver([AdminHouse.event(), AdminHouse.event(1)])
            let third = try await house.ask("/v1/events?cursor=\(try #require(none.cursor))")
            #expect(third.ids == more.map { "\($0)" })
            #expect(try await house.ask("/v1/events?after=\(ids[11])&entity=222").ids.isEmpty)
        }
    }

    @Test("deliveries, jobs, messages and actions by their filters")
    func others() async throws {
        try await AdminHouse.with { house in
            let ids = try await Self.fill(house)
            try await house.deliver([])
            let seqs = { (query: String) async throws in
                try await house.ask("/v1/deliveries\(query)").document["data"]?.items.compactMap { $0["seq"]?.integer } ?? []
            }
            #expect(try await seqs("?limit=2").count == 2)
            #expect(try await seqs("?reason=empty") == [ids[11] / 4_096 + 1])
            #expect(try await seqs("?state=waiting").isEmpty)
            #expect(try await seqs("?state=decoded&kind=webhook&app=main").count == 13)
            #expect(try await seqs("?app=other").isEmpty)
            #expect(try await seqs("?kind=callback").isEmpty)
            #expect(try await seqs("?until=\(AdminHouse.start + 1)") == [ids[0] / 4_096])
            let jobs = { (query: String) async throws in
                try await house.ask("/v1/jobs\(query)").document["data"]?.items.compactMap { $0["event_id"]?.integer } ?? []
            }
            #expect(try await jobs("?state=dead") == [ids[0]])
            #expect(try await jobs("?gate=token:belmonte") == [ids[1]])
            #expect(try await jobs("?event=\(ids[2])&state=done") == [ids[2]])
            #expect(try await jobs("?event=\(ids[3])").isEmpty)
            #expect(try await jobs("?route=account&limit=200").count == 11)
            #expect(try await jobs("?route=none").isEmpty)
            #expect(try await jobs("?reason=graph_100") == [ids[0]])
            #expect(try await jobs("?workspace=aurelia") == [ids[6]])
            #expect(try await jobs("?state=open&until=\(AdminHouse.start + 4 * 300_000 + 1)") == [ids[4]])
            #expect(try await jobs("?since=253402300799999").isEmpty)
            #expect(try await jobs("?until=0").isEmpty)
            #expect(try await jobs("?event=9223372036854775807").isEmpty)
            #expect(try await jobs("?event=99999999999999999999").isEmpty == true)
        }
    }

    @Test("messages by their filters")
    func messages() async throws {
        try await AdminHouse.with { house in
            let event = try await house.deliver([AdminHouse.event()])[0]
            let nowMs = house.nowMs
            let made = try await house.store.write { transaction in
                var made: [Int64] = []
                for number in 0..<5 {
                    let kind: OutboxKind = number == 0 ? .conversion : .notify
                    let message = OutboxMessage(
                        kind: kind, workspace: number == 1 ? "aurelia" : "belmonte", orderKey: nil, uniqueKey: "m\(number)",
                        reference: "{}", eventID: number == 2 ? event : nil, actionID: nil)
                    if let id = try transaction.enqueue(message, nowMs: nowMs + Int64(number) * 60_000) { made.append(id) }
                }
                return made
            }
            try await house.store.write { transaction in
                for claimed in try transaction.claimOutbox(nowMs: nowMs + 600_000, leaseMs: 60_000, limit: 10, owner: "boot-1") {
                    let claim = claimed.claim
                    if claim.id == made[3] {
                        _ = try transaction.kill(
                            .outbox, id: claim.id, attempt: claim.attempt, reason: "http_410: Gone.", nowMs: nowMs)
                    } else if claim.id == made[4] {
                        _ = try transaction.hold(
                            .outbox, id: claim.id, attempt: claim.attempt, gate: .destination("crm"), reason: "http_503: Away.",
                            nowMs: nowMs)
                    }
                }
            }
            let ids = { (query: String) async throws in try await house.ask("/v1/outbox\(query)").ids.compactMap { Int64($0) } }
            #expect(try await ids("") == made.reversed())
            #expect(try await ids("?kind=conversion") == [made[0]])
            #expect(try await ids("?workspace=aurelia") == [made[1]])
            #expect(try await ids("?event=\(event)") == [made[2]])
            #expect(try await ids("?state=dead") == [made[3]])
            #expect(try await ids("?reason=http_410") == [made[3]])
            #expect(try await ids("?gate=destination:crm") == [made[4]])
            #expect(try await ids("?state=held&reason=http_503") == [made[4]])
            #expect(try await ids("?state=done").isEmpty)
            #expect(try await ids("?since=\(nowMs + 60_000)&until=\(nowMs + 120_001)") == [made[2], made[1]])
            var paged: [Int64] = []
            var cursor: String?
            repeat {
                let further = cursor.map { "&cursor=\($0)" } ?? ""
                let answer = try await house.ask("/v1/outbox?limit=2\(further)")
                paged += answer.ids.compactMap { Int64($0) }
                cursor = answer.cursor
            } while cursor != nil
            #expect(paged == made.reversed())
        }
    }

    @Test("facets count states, reasons, kinds and workspaces")
    func facets() async throws {
        try await AdminHouse.with { house in
            _ = try await Self.fill(house)
            let facets = try await house.ask("/v1/facets").document
            func count(_ facet: String, _ value: String) -> Int64? {
                facets[facet]?.items.first { $0["value"]?.text == value }?["count"]?.integer
            }
            #expect(count("states", "dead") == 1 && count("states", "held") == 1 && count("states", "open") == 8)
            #expect(count("reasons", "graph_100") == 1 && count("reasons", "later") == 8)
            #expect(
                count("kinds", "page.leadgen") == 1 && count("workspaces", "aurelia") == 1
                    && count("workspaces", "belmonte") == 11)
            #expect(facets["counted"]?.integer == 12 && facets["is_whole"] == true)
            #expect(try await house.ask("/v1/facets?workspace=aurelia").document["counted"]?.integer == 1)
        }
    }

    @Test(
        "what is no parameter, or no value of it, is refused by name",
        arguments: [
            ("/v1/events?limit=0", "parameter_invalid", "limit"), ("/v1/events?limit=201", "parameter_invalid", "limit"),
            ("/v1/events?limit=ten", "parameter_invalid", "limit"), ("/v1/events?limit=%2B1", "parameter_invalid", "limit"),
            ("/v1/events?limit=", "parameter_invalid", "limit"), ("/v1/events?limit=-1", "parameter_invalid", "limit"),
            ("/v1/events?state=broken", "parameter_invalid", "state"),
            ("/v1/events?since=yesterday", "parameter_invalid", "since"),
            ("/v1/events?since=-1", "parameter_invalid", "since"),
            ("/v1/events?until=99999999999999999", "parameter_invalid", "until"),
            ("/v1/events?workspace=", "parameter_invalid", "workspace"),
            ("/v1/events?workspace=a%00b", "parameter_invalid", "workspace"),
            ("/v1/events?kind=%0a", "parameter_invalid", "kind"), ("/v1/events?color=red", "parameter_unknown", "color"),
            ("/v1/events?limit=1&limit=2", "parameter_repeated", "limit"),
            ("/v1/events?cursor=nothing", "cursor_invalid", "cursor"),
            ("/v1/events?cursor=jobs_b1", "cursor_invalid", "cursor"), ("/v1/events?cursor=events_b", "cursor_invalid", "cursor"),
            ("/v1/events?cursor=events_bZZ", "cursor_invalid", "cursor"),
            ("/v1/events?cursor=events_b00000000000001", "cursor_invalid", "cursor"),
            ("/v1/events?after=x", "parameter_invalid", "after"), ("/v1/events?cursor=events_c1", "cursor_invalid", "cursor"),
            ("/v1/events/abc", "parameter_invalid", "id"), ("/v1/events/1?bytes=yes", "parameter_invalid", "bytes"),
            ("/v1/events?kind=%ff", "query_unreadable", nil),
            ("/v1/deliveries?state=dead", "parameter_invalid", "state"),
            ("/v1/jobs?state=unrouted", "parameter_invalid", "state"), ("/v1/outbox?event=x", "parameter_invalid", "event"),
            ("/v1/actions?state=open", "parameter_invalid", "state"), ("/v1/queues?limit=1", "parameter_unknown", "limit"),
            ("/metrics?a", "parameter_unknown", "a"), ("/?a=1", "parameter_unknown", "a"),
        ] as [(String, String, String?)])
    func refused(_ path: String, _ code: String, _ param: String?) async throws {
        try await AdminHouse.with { house in
            let answer = try await house.ask(path)
            #expect(answer.status == 400 && answer.code == code && answer.param == param, "\(answer.text)")
        }
    }

    @Test("no combination of the ends of ids and times harms, whatever it is combined with")
    func ends() async throws {
        try await AdminHouse.with { house in
            _ = try await Self.fill(house)
            let times = [
                "", "&since=0&until=0", "&since=253402300799999", "&until=253402300799999", "&since=253402300799999&until=0",
            ]
            let places = ["b0", "bzzzzzzzzzzzzz", "a0", "azzzzzzzzzzzzz", "b1y2p0ij32e8e7", "a1y2p0ij32e8e7"]
            let filters: [String: [String]] = [
                "events": [
                    "", "&state=dead", "&state=open", "&state=held", "&state=unrouted", "&reason=graph_100", "&lead=444",
                    "&workspace=belmonte",
                ],
                "jobs": [
                    "", "&state=dead", "&state=open", "&reason=graph_100", "&gate=token:belmonte", "&event=9999999999999999999",
                ],
                "outbox": ["", "&state=dead", "&event=0", "&event=9999999999999999999"],
                "deliveries": ["", "&reason=empty", "&state=waiting"],
                "actions": [""],
            ]
            for (list, some) in filters {
                for filter in some {
                    for time in times {
                        for place in places.map({ "cursor=\(list)_\($0)" }) + ["limit=1"] {
                            let path = "/v1/\(list)?\(place)\(filter)\(time)"
                            #expect(try await house.ask(path).status == 200, "\(path)")
                        }
                    }
                }
            }
        }
    }

    @Test("a list looks at a bounded number of rows, and says where to go on when it found none")
    func bounded() async throws {
        try await AdminHouse.with { house in
            let rare = try await house.deliver([AdminHouse.event(kind: "rare")])[0]
            for _ in 0..<3 { try await house.deliver((0..<1_000).map { AdminHouse.event($0) }) }
            let first = try await house.ask("/v1/events?kind=rare")
            #expect(first.ids.isEmpty && first.cursor != nil)
            var cursor = first.cursor
            var pages = 1
            var found: [String] = []
            while let place = cursor, pages < 20 {
                let page = try await house.ask("/v1/events?kind=rare&cursor=\(place)")
                found += page.ids
                cursor = page.cursor
                pages += 1
            }
            #expect(found == ["\(rare)"] && cursor == nil && pages > 3)
        }
    }

    @Test("percent-encoding that is none is refused", arguments: ["a=%zz", "a=%4", "a=%", "%ff=1", "a=%C3", "a=1&a=2", "a&a"])
    func queries(_ text: String) {
        #expect(throws: Problem.self) { try Query(text[...]) }
    }

    @Test("a query is read as browsers write it")
    func query() throws {
        let query = try Query("a=1%2B1+x&b=&c&d=%C3%A9=%26"[...])
        #expect(query["a"] == "1+1 x" && query["b"] == "" && query["c"] == "" && query["d"] == "é=&" && query["e"] == nil)
    }

    @Test(
        "a cursor is what it was, or none",
        arguments: [
            ListPlace.before(0), .before(1), .before(.max), .before(45_000_000_000_000_000), .after(0), .after(7), .after(.max),
        ])
    func cursors(_ place: ListPlace) {
        let cursor = ListCursor(list: "events", place: place)
        #expect(ListCursor(cursor.text, of: "events") == cursor)
        #expect(ListCursor(cursor.text, of: "event") == nil && ListCursor("x" + cursor.text, of: "events") == nil)
    }
}
