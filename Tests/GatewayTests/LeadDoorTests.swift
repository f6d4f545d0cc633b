import AsyncHTTPClient
import Core
import Gateway
import GraphEmulator
import NIOCore
import NIOHTTP1
import Signing
import Storage
import TestSupport
import Testing

@Suite("A lead and its stages, from the public port to Meta", .serialized)
struct LeadDoorTests {
    private static let id = "444555666777888"
    private static let source = """
        {name: crm, workspace: belmonte, kind: crm, token: "${SHOP_TOKEN}", secret: "${SHOP_SECRET}", datasets: ["987654321"], \
        copies: ["987654322"], consent: {from: consent, without: send}, lead_event_source: "Our CRM", \
        stages: {mql: "Marketing Qualified Lead"}, linger: at_once}
        """
    private static let routes = """
        - {name: leads, match: {object: page, field: leadgen}, chain: [fetch_lead, store_lead, {report_lead: crm}, touch]}, \
        {name: sales, match: {object: conversion}, chain: [attribute, forward_conversion]}
        """

    /// As the CRM tells it; the status of its answer.
    private func tell(_ house: GatewayHouse, _ stage: String) async throws -> Int {
        var request = HTTPClientRequest(url: "https://localhost:\(try house.gateway.port)/v1/leads/\(Self.id)/stage")
        request.method = .POST
        request.headers.add(name: "authorization", value: "Bearer \(GatewayHouse.shopToken)")
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(ByteBuffer(string: stage))
        return Int(try await house.client.execute(request, timeout: .seconds(30)).status.code)
    }

    @Test(
        "Meta's webhook of a lead and the CRM's word of its stage are two events in each dataset, both with the lead's id and hashes"
    )
    func line() async throws {
        try await GatewayHouse.with(routes: Self.routes, sources: Self.source) { house in
            let created = house.clock.nowMs() / 1_000 - 3_600
            _ = try house.emulator.add(
                yaml:
                    "leads: [{id: \"\(Self.id)\", form: \"5\", created: -3600, ad: \"1111\", fields: {email: Joe.4711@example.com}}]"
            )
            #expect(try await house.deliver(GatewayHouse.lead(Self.id)) == 200)
            try await eventually("the lead is at Meta") { house.emulator.events().count == 2 }
            #expect(try await house.deliver(GatewayHouse.lead(Self.id)) == 200)
            #expect(try await tell(house, #"{"stage": "mql", "value": 12.5, "currency": "EUR"}"#) == 200)
            try await eventually("the stage is at Meta") { house.emulator.events().count == 4 }
            try await house.allDone()
            let events = house.emulator.events()
            #expect(events.allSatisfy { $0.received == 1 && $0.accepted == 1 })
            #expect(
                Set(events.map { "\($0.dataset) \($0.eventName)" }) == [
                    "987654321 Lead", "987654322 Lead", "987654321 Marketing Qualified Lead",
                    "987654322 Marketing Qualified Lead",
                ])
            let hash = SHA256.hex(Array("joe.4711@example.com".utf8))
            #expect(events.allSatisfy { $0.userData["lead_id"] == [Self.id] && $0.userData["em"] == [hash] })
            #expect(events.filter { $0.eventName == "Lead" }.allSatisfy { abs($0.eventTime - created) < 120 })
            #expect(try await house.count("SELECT COUNT(*) FROM own_events WHERE metric = 'lead' AND level = 'ad'") == 1)
        }
    }
}
