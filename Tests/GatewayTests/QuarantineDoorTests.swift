import AsyncHTTPClient
import Core
import Gateway
import GraphEmulator
import NIOCore
import NIOHTTP1
import Storage
import TestSupport
import Testing

@Suite("Conversions mended by hand", .serialized)
struct QuarantineDoorTests {
    private static let source = """
        {name: shop, workspace: belmonte, token: "${SHOP_TOKEN}", datasets: ["987654321"], strictness: partial, \
        consent: {from: consent, without: send}}
        """
    private static let routes = "- {name: sales, match: {object: conversion}, chain: [forward_conversion]}"

    /// Purchases without a value, as a shop's backend sends them over TLS.
    private func send(_ ids: [String], to house: GatewayHouse) async throws {
        let seconds = house.clock.nowMs() / 1_000 - 60
        let events = ids.map { id in
            #"{"event_name":"Purchase","event_id":"\#(id)","event_time":\#(seconds),"action_source":"website","event_source_url":"https://shop.example","custom_data":{"currency":"EUR"},"user_data":{"em":"a@example.com","client_user_agent":"UA"}}"#
        }
        var request = HTTPClientRequest(url: "https://localhost:\(try house.gateway.port)/v26.0/987654321/events")
        request.method = .POST
        request.headers.add(name: "authorization", value: "Bearer \(GatewayHouse.shopToken)")
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(ByteBuffer(string: #"{"data":[\#(events.joined(separator: ","))]}"#))
        let response = try await house.client.execute(request, timeout: .seconds(30))
        #expect(response.status == .ok)
    }

    private func edit(_ text: String) throws -> (JSON, ConversionEdit) {
        let document = try JSON.parse(Array(text.utf8))
        return (document, try ConversionEdit(document))
    }

    @Test(
        "through the running gateway and without one: what was kept apart is edited and sent on, once, and never logged or stored raw"
    )
    func door() async throws {
        try await GatewayHouse.with(routes: Self.routes, sources: Self.source) { house in
            try await house.adminAnswers()
            try await send(["a", "b"], to: house)
            try await eventually("kept apart") {
                try await house.count("SELECT COUNT(*) FROM conversion_events WHERE state = 'quarantined'") == 2
            }
            let ids = try await house.store.read { try $0.quarantine(QuarantineFilter(), limit: 9) }
            let door = OperatorDoor(settings: house.settings)
            let bad = try edit(#"{"set":{"custom_data.currency":"??"}}"#)
            await #expect { try await door.edit(ids[0], bad.0, edit: bad.1, dryRun: false) } throws: { error in
                guard case OperatorFault.refused(let message)? = error as? OperatorFault else { return false }
                return message.contains("$['custom_data']['value']") && message.contains("$['custom_data']['currency']")
            }
            let good = try edit(#"{"set":{"custom_data.value":7}}"#)
            #expect(try await door.edit(ids[0], good.0, edit: good.1, dryRun: true)["replaced_by"] == .null)
            #expect(try await door.edit(ids[0], good.0, edit: good.1, dryRun: false)["outcome"]?.text == "mended")
            try await eventually("at Meta") { house.emulator.events().map(\.eventID) == ["a"] }
            #expect(
                try await door.replay(ids, dryRun: false).map { $0["code"]?.text } == [
                    "conversion_replaced", "conversion_refused",
                ])
            await house.stop()

            #expect(try await door.replay([ids[1]], dryRun: true).map { $0["outcome"]?.text } == ["refused"])
            await #expect(throws: OperatorFault.self) { try await door.edit(ids[0], good.0, edit: good.1, dryRun: false) }
            #expect(try await door.edit(ids[1], good.0, edit: good.1, dryRun: false)["outcome"]?.text == "mended")
            try await house.start()
            try await eventually("both at Meta") { Set(house.emulator.events().compactMap(\.eventID)) == ["a", "b"] }
            #expect(house.emulator.events().allSatisfy { $0.received == 1 && $0.value == "7" })
        }
    }
}
