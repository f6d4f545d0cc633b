import Core
import Synchronization

/// Where the ads of one account are read, one reader at a time.
final class StoryDesk: Sendable {
    private struct State {
        var reads = 0
        var obstacle: Disposition?
        var place: StoryPlace?
    }

    /// What a read came to; nil: it is in the index.
    struct Result {
        let obstacle: Disposition?
    }

    let turns = Turns()
    private let state = Mutex(State())

    /// How many reads had ended when one began to wait.
    func ticket() -> Int { state.withLock { $0.reads } }

    /// What a read came to that ended while one waited, if there was one.
    func result(after ticket: Int) -> Result? {
        state.withLock { $0.reads > ticket ? Result(obstacle: $0.obstacle) : nil }
    }

    func note(_ obstacle: Disposition?) {
        state.withLock { state in
            state.reads += 1
            state.obstacle = obstacle
        }
    }

    var place: StoryPlace? {
        get { state.withLock { $0.place } }
        set { state.withLock { $0.place = newValue } }
    }

    func forgetPlace() { place = nil }
}

/// How far a read has come.
struct StoryPlace: Sendable {
    let startedAtMs: Int64
    private(set) var after: String?
    private(set) var pages = 0
    var limit = 200
    static let limitMin = 10

    init(startedAtMs: Int64) { self.startedAtMs = startedAtMs }

    mutating func turn(to next: String?) {
        after = next
        pages += 1
    }
}
