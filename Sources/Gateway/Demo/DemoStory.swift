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
        let adminToken: String
        /// 64 hex digits.
        let masterKey: String
    }

    let seed: UInt64
    let nowMs: Int64
    let keys: Keys
    var workspaces: [DemoWorkspace] = []
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
    static func written(seed: UInt64, nowMs: Int64, keys: Keys, fixtures: DemoFixtures) throws -> DemoStory {
        var story = DemoStory(seed: seed, nowMs: nowMs, keys: keys)
        story.addHandshakes()
        story.firstAct += fixtures.requests
        story.expectation = fixtures.expectation
        try story.addFunnel()
        try story.addScale()
        try story.addStudio()
        story.addStrangers()
        story.addRefused()
        return story
    }

    /// A new id as Meta gives them: 18 digits, too many for a `Double`.
    mutating func newID() -> String {
        idsGiven += dice.draw(1...97)
        return String(120_210_000_000_000_000 + idsGiven)
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
