import Core

/// What the demo plays: advertisers, requests in two acts, and what must come of them. It all follows from the seed and the day.
struct DemoStory: Sendable {
    /// Ids and secrets that are used nowhere else. They are made for one run and are worth nothing.
    struct Keys: Sendable {
        let appID: String
        let appSecret: String
        /// The public secret that the fixtures are signed with.
        let fixtureSecret: String
        let verifyToken: String
        let pageToken: String
        let secondPageToken: String
        let thirdPageToken: String
        /// As Standard Webhooks write it: `whsec_` and base64.
        let crmSecret: String
        let shopToken: String
        let shopSecret: String
        let stagesToken: String
        let stagesSecret: String
        let adminToken: String
        /// 64 hex digits.
        let masterKey: String
    }

    let seed: UInt64
    /// The number of the destination's request that it refuses.
    private(set) var refusedLead = 1
    let nowMs: Int64
    let keys: Keys
    var workspaces: [DemoWorkspace] = []
    var forms: [DemoForm] = []
    var leads: [DemoLead] = []
    /// Posts, media and comments as the emulator's scenario writes them.
    var posts: [JSON] = []
    var media: [JSON] = []
    var comments: [JSON] = []
    /// The comment that asks what our policy answers.
    var asked: DemoComment?
    var sources: [DemoSource] = []
    var captured = Captured()
    /// Run after the second act.
    var replays: [DemoReplay] = []
    /// The first act: handshakes, fixtures, refused requests, and the events that touch.
    var firstAct: [DemoRequest] = []
    /// The second act, after everything of the first is done: the same news again, and exact copies.
    var secondAct: [DemoRequest] = []
    var expectation = DemoExpectation()

    private var dice: SplitMix64
    private var idsGiven: Int64 = 0
    private var entryTime: Int64

    private init(seed: UInt64, nowMs: Int64, keys: Keys) {
        self.seed = seed
        self.nowMs = nowMs
        self.keys = keys
        dice = SplitMix64(seed: seed)
        entryTime = nowMs / 1000 - 600
    }

    /// Writes the whole story.
    static func written(seed: UInt64, nowMs: Int64, keys: Keys, fixtures: DemoFixtures, vectors: DemoVectors) throws -> DemoStory
    {
        var story = DemoStory(seed: seed, nowMs: nowMs, keys: keys)
        story.expectation = fixtures.expectation
        story.refusedLead = Int(story.draw(1...3))
        story.addHandshakes()
        try story.addLeads()
        story.firstAct += fixtures.requests
        try story.addComments()
        try story.addShop(vectors)
        try story.addFunnel()
        try story.addScale()
        try story.addStudio()
        story.addStrangers()
        story.addRefused()
        story.addStages(vectors)
        try story.addReplays(fixtures)
        return story
    }

    /// A new id as Meta gives them: 18 digits, too many for a `Double`.
    mutating func newID() -> String {
        idsGiven += dice.draw(1...97)
        return String(120_210_000_000_000_000 + idsGiven)
    }

    /// A new number as leads, forms and people have them: 16 digits.
    mutating func newLeadID() -> String {
        idsGiven += dice.draw(1...97)
        return String(4_440_000_000_000_000 + idsGiven)
    }

    mutating func draw(_ range: ClosedRange<Int64>) -> Int64 { dice.draw(range) }
    mutating func chance(_ percent: Int64) -> Bool { dice.chance(percent) }
    mutating func shuffled<T>(_ items: [T]) -> [T] { dice.shuffled(items) }

    /// The moment of the next notification, in seconds; no two have the same.
    mutating func nextEntryTime() -> Int64 {
        entryTime += 1
        return entryTime
    }

    /// An account's day now.
    func today(in timeZone: String) throws(DemoError) -> AccountDay {
        guard let zone = AccountTimeZone(name: timeZone) else { throw .timeZone(timeZone) }
        return AccountDay.of(ms: nowMs, timeZone: zone)
    }

    /// A new advertiser in one of the given time zones: the first that is not within a quarter of an hour of its midnight,
    /// so that no day ends while the demo runs.
    mutating func newWorkspace(_ name: String, _ money: DemoMoney, in timeZones: [String]) throws(DemoError) -> DemoWorkspace {
        for timeZone in timeZones {
            guard let zone = AccountTimeZone(name: timeZone) else { throw .timeZone(timeZone) }
            let quarterMs: Int64 = 15 * 60_000
            let today = AccountDay.of(ms: nowMs, timeZone: zone)
            guard AccountDay.of(ms: nowMs + quarterMs, timeZone: zone) == today else { continue }
            return DemoWorkspace(
                name: name, accountID: String(draw(100_000_000_000...999_999_999_999)), money: money, timeZone: timeZone,
                today: today)
        }
        throw .timeZone(timeZones.joined(separator: ", "))
    }

    /// Whatever day it is in the story's own time zones, one of these is far from midnight.
    static let fallbackTimeZones = ["America/New_York", "Asia/Kathmandu"]
}
