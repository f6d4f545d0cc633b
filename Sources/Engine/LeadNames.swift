import GraphAPI
import Synchronization

/// Names of forms and Pages, kept in memory for a while: a lead's document carries them, and reading them would double the calls.
package final class LeadNames: Sendable {
    /// What has a name.
    package enum Kind: Hashable, Sendable { case form, page }

    private struct Key: Hashable {
        let kind: Kind
        let id: String
    }

    private struct Entry {
        let name: String?
        let untilMs: Int64
    }

    private let known = Mutex<[Key: Entry]>([:])
    private static let freshMs: Int64 = 3_600_000
    /// A read that failed is not repeated sooner.
    private static let failedMs: Int64 = 60_000
    /// Forms are few; this many at once are somebody's mistake.
    private static let keptMax = 10_000

    package init() {}

    /// Nil when it can't be read: a lead goes on without it.
    func name(_ kind: Kind, of id: String, nowMs: Int64, _ read: () async throws(GraphError) -> String?) async -> String? {
        let key = Key(kind: kind, id: id)
        if let entry = known.withLock({ $0[key] }), entry.untilMs > nowMs { return entry.name }
        do throws(GraphError) {
            let name = try await read()
            keep(Entry(name: name, untilMs: nowMs + Self.freshMs), for: key)
            return name
        } catch {
            let last = known.withLock { $0[key]?.name }
            keep(Entry(name: last, untilMs: nowMs + Self.failedMs), for: key)
            return last
        }
    }

    private func keep(_ entry: Entry, for key: Key) {
        known.withLock { known in
            if known.count >= Self.keptMax { known.removeAll() }
            known[key] = entry
        }
    }
}
