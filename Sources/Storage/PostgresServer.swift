import Glibc
import Synchronization

/// Makes connections to one server, and waits longer from try to try while it does not answer: work that asks meanwhile is refused at once.
final class PostgresServer: Sendable {
    private static let pauseMsMin: Int64 = 50
    private static let pauseMsMax: Int64 = 2_000

    private struct State {
        var pauseMs = PostgresServer.pauseMsMin
        var notBefore = ContinuousClock.now
        var why = ""
    }

    let address: PostgresAddress
    private let state = Mutex(State())

    init(address: PostgresAddress) { self.address = address }

    func connect(_ role: DriverRole) throws(StoreError) -> any Driver { try connectDirectly(role) }

    func connectDirectly(_ role: DriverRole) throws(StoreError) -> PostgresDriver {
        let refusal = state.withLock { $0.notBefore > .now ? $0.why : nil }
        if let refusal { throw .unreachable(refusal) }
        do throws(StoreError) {
            let driver = try PostgresDriver(address: address, role: role)
            state.withLock { $0.pauseMs = Self.pauseMsMin }
            return driver
        } catch {
            if case .unreachable(let why) = error { failed(why) }
            throw error
        }
    }

    private func failed(_ why: String) {
        state.withLock { state in
            state.notBefore = .now + .milliseconds(Int64.random(in: state.pauseMs / 2...state.pauseMs))
            state.pauseMs = min(state.pauseMs * 2, Self.pauseMsMax)
            state.why = why
        }
    }
}
