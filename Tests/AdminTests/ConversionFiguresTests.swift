import Core
import Storage
import TestSupport
import Testing

@testable import Admin

@Suite("Admin port: the ledger and the report of conversions")
struct ConversionFiguresTests {
    private static let body =
        #"{"data":[{"event_name":"Purchase","event_time":1789999000,"event_id":"e1","user_data":{"em":["x"]},"custom_data":{"order_id":"A1","value":5,"currency":"EUR"},"_touchstone":{"consent":"granted","forward":true}}]}"#

    private static func store(_ house: AdminHouse, ageMs: Int64 = 0) async throws {
        let nowMs = house.nowMs - ageMs
        let conversions = ConversionDecoder.decode(
            body: Array(body.utf8), dataset: "9", source: "shop", receivedAtMs: nowMs, digest: { _ in "d" })
        try await house.store.write { transaction in
            for conversion in conversions {
                try transaction.insertConversion(
                    conversion.facts, people: [], workspace: "belmonte", eventID: 4_096, receivedAtMs: nowMs)
                try transaction.setConversionState([4_096], .forwarded, reason: nil, traceID: "T", atMs: nowMs)
                var tally = ReportTally()
                tally.add(conversion, workspace: "belmonte", receivedAtMs: nowMs)
                try transaction.add(tally)
            }
        }
    }

    @Test("both are what the description says", arguments: ["/v1/conversions/ledger", "/v1/conversions/report"])
    func schemas(_ path: String) async throws {
        try await AdminHouse.with { house in
            try await Self.store(house)
            let document = try await house.ask("/openapi.json", token: nil).document
            let schema = try #require(
                document["paths"]?[path]?["get"]?["responses"]?["200"]?["content"]?["application/json"]?["schema"])
            let answer = try await house.ask(path)
            #expect(answer.status == 200)
            #expect(SchemaChecker(document: document).faults(answer.document, schema) == [])
        }
    }

    @Test("of what is older than 30 days the ledger tells where it is asked for")
    func old() async throws {
        try await AdminHouse.with { house in
            try await Self.store(house, ageMs: 31 * 86_400_000)
            let young = try await house.ask("/v1/conversions/ledger").document["data"]?[0]
            #expect(young?["orders"] == 0 && young?["balances"] == true)
            let all = try await house.ask("/v1/conversions/ledger?since=0").document["data"]?[0]
            #expect(all?["orders"] == 1 && all?["balances"] == true)
        }
    }

    @Test("the ledger tells each source, and filters narrow it")
    func ledger() async throws {
        try await AdminHouse.with { house in
            try await Self.store(house)
            let all = try await house.ask("/v1/conversions/ledger").document["data"]?.items ?? []
            #expect(all.count == 1)
            #expect(all.first?["accepted"] == 1 && all.first?["orders"] == 1 && all.first?["balances"] == true)
            let other = try await house.ask("/v1/conversions/ledger?event=Lead&source=shop").document["data"]?[0]
            #expect(other?["orders"] == 0 && other?["event_name"] == "Lead")
            #expect(try await house.ask("/v1/conversions/ledger?source=none").document["data"] == [])
            let report = try await house.ask("/v1/conversions/report").document
            #expect(report["sections"]?[0]?["keys"]?["em"] == 1 && report["sections"]?[0]?["value_minor"]?["EUR"] == 500)
        }
    }
}
