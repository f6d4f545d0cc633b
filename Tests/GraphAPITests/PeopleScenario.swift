import GraphEmulator

@testable import GraphAPI

/// An emulated Page with leads, comments and a dataset, and a client that has the workspace's token only.
struct PageMeta: Sendable {
    static let pageToken = "EAApage-canary-token-700"

    let emulator: RunningEmulator
    let world: World

    var client: GraphClient { world.client }

    static let yaml = """
        clock: {at: "2026-11-20T12:00:00Z", frozen: true}
        apps: [{id: "123", secret: "\(World.secret)"}]
        tokens: [{token: "\(World.token)", name: belmonte, app: "123", accounts: ["1"], pages: ["700"]}, {token: other-token, name: other, app: "123"}]
        pages:
          - {id: "700", name: Shop, token: "\(pageToken)", token_name: "page 700", access: [belmonte], instagram: "17841400"}
          - {id: "701", name: Other, token: "other-page-token", access: [other]}
        forms: [{id: "555", page: "700", name: "Offer", questions: [full_name, email, colours]}]
        leads:
          - {id: "444", form: "555", ad: "1111", created: -60, platform: fb, is_organic: false,
             fields: [{name: full_name, values: ["Zoë 李 🌍"]}, {name: email, values: ["zoe@example.com"]}, {name: colours, values: [red, blue]}],
             consents: [{checkbox_key: optional_1, is_checked: true}, {checkbox_key: optional_2, is_checked: false}]}
          - {id: "445", form: "555", created: 0, platform: ig, is_organic: true, fields: [{name: email, values: ["a@b.example"]}], unreadable_for: 2}
          - {id: "446", form: "555", deleted: true, fields: [{name: email, values: ["gone@b.example"]}]}
        posts: [{id: "700_1", page: "700", message: t}]
        media: [{id: "180", page: "700", ad: "1111"}]
        comments:
          - {id: "1_9", post: "700_1", from: {id: "5", name: Nadia Canary}, message: canary words, created: -60}
          - {id: "1_8", post: "700_1", from: {id: "6", name: N}, message: old, created: -864000}
          - {id: "1_7", post: "700_1", from: {id: "700", name: Shop}, message: own, created: -60}
          - {id: "1800", media: "180", from: {id: "6", username: u}, message: insta}
        datasets: [{id: "900"}, {id: "901", tokens: [other]}]
        accounts:
          - id: "1"
            name: Belmonte
            currency: EUR
            timezone: Europe/Warsaw
            campaigns:
              - {id: "11", name: "Summer A", status: ACTIVE, daily_budget: 20000, adsets: [
                  {id: "111", name: S, status: ACTIVE, ads: [
                    {id: "1111", name: x, status: ACTIVE, creative: {id: "9", effective_object_story_id: "700_1", object_story_id: "700_0", effective_instagram_media_id: "180", source_instagram_media_id: "179"}},
                    {id: "1112", name: y, status: PAUSED, creative: {id: "8", object_story_id: "700_2"}},
                    {id: "1113", name: z, status: ACTIVE}]}]}
        """

    init(faults: String? = nil) async throws {
        emulator = try await GraphEmulator.start(scenario: Scenario(yaml: Self.yaml))
        if let faults { try emulator.setFaults(yaml: faults) }
        world = try World(emulator.url)
    }

    /// What acts for the Page.
    func page() async throws -> GraphCredentials { try await client.page("700").credentials }

    func end() async {
        await world.transport.shutdown()
        await emulator.stop()
    }
}
