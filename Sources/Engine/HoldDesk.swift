import Core
import Glibc
import Logging
package import Storage
import Synchronization

/// Holds: from the table to this gateway's door, and from a person's word to every gateway's.
///
/// Every gateway says every `presenceBeatMs` that it is there and reads the holds in the same transaction; a change rings the bell. When its door
/// stands as the change says and what was under way is through, it writes down the change's number. `hold` returns when every gateway that is
/// there has done so. One that is silent for `presenceMs` counts as gone; its own door has closed by then, because what it knows of the holds
/// is older than a write may rely on.
final class HoldDesk: Sendable {
    let gate: WriteGate
    private let store: Store
    private let clock: any WallClock
    private let turns = Turns()
    private let (acks, ack) = AsyncStream.makeStream(of: Int64.self, bufferingPolicy: .bufferingNewest(1))

    /// What a gateway knows of the holds is good for this long: less than `presenceMs` by what clocks may differ.
    static let freshMs = Limits.presenceMs - Limits.clockSkewMs

    init(gate: WriteGate, store: Store, clock: any WallClock) {
        self.gate = gate
        self.store = store
        self.clock = clock
    }

    // MARK: a person's word

    /// When it returns, no write of the scope is under way at any gateway and none will start.
    func hold(_ scope: String, untilMs: Int64?, by name: String) async throws {
        let nowMs = clock.nowMs()
        let number = try await turns.take {
            let number = try await store.write { transaction in
                try transaction.setHold(scope, untilMs: untilMs, by: name, nowMs: nowMs)
                return try transaction.holdsNumber()
            }
            gate.close(scope)
            return number
        }
        await gate.drain(scope)
        guard store.isShared else { return }
        _ = try await store.haveSeenHolds(number, clock: clock)
    }

    /// Lets writes go on; the number of messages that had waited.
    func release(_ scope: String) async throws -> Int {
        guard store.isShared else { return try await turns.take { try await letGo(scope) } }
        return try await letGoEverywhere(scope, ended: nil) ?? 0
    }

    /// Releases what is held longer than it was to be, also what ended while nobody was running.
    func endExpired(_ term: Term) async throws {
        guard store.isShared else { return try await turns.take { try await endExpiredHere() } }
        let nowMs = clock.nowMs()
        let ended = try await store.read { transaction in
            Set(try transaction.holds(nowMs: .min).map(\.scope)).subtracting(try transaction.holds(nowMs: nowMs).map(\.scope))
        }
        for scope in ended.sorted() { _ = try await letGoEverywhere(scope, ended: term) }
    }

    private func endExpiredHere() async throws {
        let nowMs = clock.nowMs()
        let (all, standing) = try await store.read {
            (try $0.holds(nowMs: .min).map(\.scope), try $0.holds(nowMs: nowMs).map(\.scope))
        }
        for scope in Set(all).union(gate.scopes).subtracting(standing).sorted() { _ = try await letGo(scope) }
    }

    /// Table and gate change together, in the turn of the caller: a hold that is set meanwhile comes wholly before or wholly after.
    private func letGo(_ scope: String) async throws -> Int {
        let nowMs = clock.nowMs()
        let released = try await store.write { transaction in
            _ = try transaction.clearHold(scope)
            return try transaction.release(.operatorHold(scope: scope), nowMs: nowMs)
        }
        gate.open(scope)
        store.notifier.ring(.outbox)
        return released
    }

    /// All gateways open their doors first, so that none holds again what is let go here; who is slow does so at the next probe of the gate.
    ///
    /// `ended`: only a hold that has come to its end, by whoever has the schedules. Nil: there was none such.
    private func letGoEverywhere(_ scope: String, ended term: Term?) async throws -> Int? {
        let nowMs = clock.nowMs()
        let number = try await turns.take {
            let number = try await store.write { transaction -> Int64? in
                if let term {
                    try transaction.require(term)
                    guard try !transaction.holds(nowMs: nowMs).contains(where: { $0.scope == scope }) else { return nil }
                }
                _ = try transaction.clearHold(scope)
                return try transaction.holdsNumber()
            }
            if number != nil { gate.open(scope) }
            return number
        }
        guard let number else { return nil }
        _ = try await store.haveSeenHolds(number, clock: clock, beatsMax: 2)
        let laterMs = clock.nowMs()
        return try await store.write { try $0.release(.operatorHold(scope: scope), nowMs: laterMs) }
    }

    // MARK: other gateways' words

    /// Says that this gateway is there, and has its door stand as the holds say.
    func beat() async throws {
        let number: Int64? = try await turns.take {
            let nowMs = clock.nowMs()
            let (scopes, number, seen) = try await store.write { [bootID = store.bootID] transaction in
                try transaction.report(presence: nowMs, program: "touchstone", host: Self.host, pid: Int64(getpid()))
                let own = try transaction.gateways(nowMs: nowMs, withinMs: Limits.presenceMs).first { $0.bootID == bootID }
                return (
                    try transaction.holds(nowMs: nowMs).map(\.scope), try transaction.holdsNumber(), own?.holdsSeen ?? -1
                )
            }
            gate.stand(scopes, readAtMs: nowMs)
            return seen < number ? number : nil
        }
        if let number { ack.yield(number) }
    }

    /// Writes down which change has been carried out, when what was under way is through. A write that takes its time delays no beat.
    func acknowledge() async throws {
        for await number in acks {
            for scope in gate.scopes { await gate.drain(scope) }
            let nowMs = clock.nowMs()
            try await store.write { try $0.sawHolds(number: number, nowMs: nowMs) }
        }
    }

    private static let host: String = {
        var name = [CChar](repeating: 0, count: 256)
        return gethostname(&name, name.count - 1) == 0
            ? String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) : ""
    }()
}

extension Store {
    /// Waits until every gateway that is there has carried out a change of the holds. False: not within that many beats of presence.
    package func haveSeenHolds(_ number: Int64, clock: any WallClock, beatsMax: Int64? = nil) async throws -> Bool {
        let endMs = beatsMax.map { Monotonic.nowMs() + $0 * Limits.presenceBeatMs }
        while true {
            let nowMs = clock.nowMs()
            if try await read({ try $0.haveSeenHolds(number: number, nowMs: nowMs, withinMs: Limits.presenceMs) }) { return true }
            if let endMs, Monotonic.nowMs() >= endMs { return false }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
