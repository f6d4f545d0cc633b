import Signing
import Synchronization

/// Browsers that have logged in with a token, in memory only: they end with the process, with their time, and when they are idle.
final class Sessions: Sendable {
    /// From log-in to the end.
    static let lifeMs: Int64 = 12 * 3_600_000
    /// Without a request.
    static let idleMs: Int64 = 3_600_000
    /// The one that has been idle longest goes when there are more.
    static let countMax = 256

    private struct Session {
        let caller: Caller
        let endsAtMs: Int64
        var seenAtMs: Int64

        func isOver(nowMs: Int64) -> Bool { nowMs >= endsAtMs || nowMs - seenAtMs >= Sessions.idleMs }
    }

    /// By the digest of the id: what lies in memory is good for nothing.
    private let sessions = Mutex<[[UInt8]: Session]>([:])

    /// The id for the cookie.
    func open(_ caller: Caller, nowMs: Int64) -> (id: String, endsAtMs: Int64) {
        let id = RandomBytes.hex(32)
        let session = Session(caller: caller, endsAtMs: nowMs + Self.lifeMs, seenAtMs: nowMs)
        sessions.withLock { sessions in
            sessions = sessions.filter { !$0.value.isOver(nowMs: nowMs) }
            if sessions.count >= Self.countMax, let idlest = sessions.min(by: { $0.value.seenAtMs < $1.value.seenAtMs }) {
                sessions[idlest.key] = nil
            }
            sessions[Self.key(id)] = session
        }
        return (id, session.endsAtMs)
    }

    /// Nil: unknown, or over. Being asked for keeps it from becoming idle.
    func caller(_ id: String, nowMs: Int64) -> (caller: Caller, endsAtMs: Int64)? {
        let key = Self.key(id)
        return sessions.withLock { sessions in
            guard let session = sessions[key] else { return nil }
            guard !session.isOver(nowMs: nowMs) else {
                sessions[key] = nil
                return nil
            }
            sessions[key]?.seenAtMs = nowMs
            return (session.caller, session.endsAtMs)
        }
    }

    func close(_ id: String) {
        let key = Self.key(id)
        sessions.withLock { $0[key] = nil }
    }

    func closeAll() { sessions.withLock { $0.removeAll() } }

    private static func key(_ id: String) -> [UInt8] { SHA256.digest(Array(id.utf8)).bytes }
}
