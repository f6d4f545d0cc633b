import Core
import Gateway
import GraphEmulator
import Storage
import TestSupport
import Testing

@Suite("Leads retried by hand", .serialized)
struct LeadRetryTests {
    private static let routes =
        "- {name: leads, match: {object: page, field: leadgen}, chain: [fetch_lead, store_lead, {forward_lead: crm}]}"
    private static let crm = #"name: crm, url: "RECEIVER/hooks", secret: "${HOOK}", timeout: 5s"#

    private func lead(_ house: GatewayHouse) async throws -> StoredLead? {
        try await house.store.read { try $0.lead(workspace: "belmonte", leadID: "444") }
    }

    @Test("through the running gateway and without one: a lead that was refused goes out with the id it had")
    func door() async throws {
        try await GatewayHouse.with(routes: Self.routes, destinations: [Self.crm]) { house in
            _ = try house.emulator.add(yaml: #"leads: [{id: "444", form: "5", ad: "1111", fields: {email: joe@example.com}}]"#)
            house.receiver.answer(400)
            try await house.adminAnswers()
            try await house.deliver(GatewayHouse.lead("444"))
            try await eventually("refused") { try await lead(house)?.state == .dead }
            let door = OperatorDoor(settings: house.settings)
            #expect(try await door.retryLead("444") == RetryReport(jobs: 0, messages: 1))
            try await eventually("refused again") { try await lead(house)?.state == .dead && house.receiver.requests.count == 2 }
            await house.stop()

            #expect(try await door.retryLead("444") == RetryReport(jobs: 0, messages: 1))
            house.receiver.answer(200)
            try await house.start()
            try await eventually("sent") { try await lead(house)?.state == .forwarded }
            #expect(Set(house.receiver.requests.flatMap { $0.values(of: "webhook-id") }).count == 1)
            #expect(Set(house.receiver.requests.map(\.body)).count == 1)
        }
    }

    @Test("a lead that nobody knows is said to be unknown, by the port and by the door")
    func unknown() async throws {
        try await GatewayHouse.with(routes: Self.routes, destinations: [Self.crm]) { house in
            try await house.adminAnswers()
            let answer = try await house.admin("/v1/leads/445/retry")
            #expect(answer.status == 404 && answer.document["error"]?["code"]?.text == "lead_unknown")
            let door = OperatorDoor(settings: house.settings)
            #expect(try await door.retryLead("445") == nil)
            await house.stop()
            #expect(try await door.retryLead("445") == nil)
            try await house.start()
        }
    }

    @Test("a lead whose reading is dead is found by its id, though nothing of it is stored")
    func unread() async throws {
        try await GatewayHouse.with(routes: Self.routes, destinations: [Self.crm]) { house in
            _ = try house.emulator.add(yaml: #"leads: [{id: "444", form: "5", ad: "1111", unreadable_for: 1}]"#)
            try await house.adminAnswers()
            try await house.deliver(GatewayHouse.lead("444"))
            try await eventually("asked for once") { house.emulator.log().contains { $0.path == "/444" } }
            try await house.store.write { _ = try $0.run("UPDATE jobs SET state = 'dead', reason = 'lead_gone: Gone.'") }
            #expect(try await lead(house) == nil)
            #expect(try await house.admin("/v1/leads/444/retry").document["jobs"]?.integer == 1)
            try await eventually("sent") { house.receiver.requests.count == 1 }
        }
    }
}
