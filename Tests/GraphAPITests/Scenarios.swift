import GraphEmulator

@testable import GraphAPI

/// An emulated account, and a client of it.
struct Meta: Sendable {
    let emulator: RunningEmulator
    let world: World

    var client: GraphClient { world.client }

    /// Campaigns 11 to 14 (active, paused, archived, one that only the other account has), one ad set and two ads under 11.
    static let yaml = """
        clock: {at: "2026-11-20T12:00:00Z", frozen: true}
        apps: [{id: "123", secret: "\(World.secret)"}]
        tokens: [{token: "\(World.token)", name: belmonte, app: "123", accounts: ["1"]}]
        accounts:
          - id: "1"
            name: Belmonte
            currency: EUR
            timezone: Europe/Warsaw
            min_daily_budget: 100
            campaigns:
              - {id: "11", name: "Summer A", status: ACTIVE, daily_budget: 20000, adsets: [
                  {id: "111", name: S, status: ACTIVE, ads: [{id: "1111", name: x, status: ACTIVE}, {id: "1112", name: y, status: PAUSED}]}]}
              - {id: "12", name: "Summer B", status: PAUSED, adsets: [{id: "121", name: T, status: ACTIVE, daily_budget: 3000, ads: []}]}
              - {id: "13", name: Old, status: ARCHIVED, adsets: [{id: "131", name: O, status: ACTIVE, ads: [{id: "1311", name: o, status: ACTIVE}]}]}
          - {id: "2", name: Other, currency: USD, timezone: America/New_York, campaigns: [{id: "14", name: Z, status: ACTIVE, adsets: []}]}
        insights:
          - {level: ad, id: "1111", day: -1, impressions: 1000, clicks: 50, inline_link_clicks: 40, reach: 900, spend: "78.13", actions: {omni_purchase: 3}, action_values: {omni_purchase: "328.13"}}
          - {level: ad, id: "1111", day: 0, impressions: 10, spend: "0.50"}
          - {level: ad, id: "1311", day: -1, impressions: 7, spend: "1.00"}
        """

    init(_ more: String = "", faults: String? = nil, secret: String = World.secret) async throws {
        emulator = try await GraphEmulator.start(scenario: Scenario(yaml: Self.yaml + "\n" + more))
        if let faults { try emulator.setFaults(yaml: faults) }
        world = try World(emulator.url, secret: secret)
    }

    func end() async {
        await world.transport.shutdown()
        await emulator.stop()
    }
}
