import Dispatch
import Logging
import Synchronization

/// When each loop of the engine last turned, and the one who starts a loop again that has ended.
///
/// A loop that hangs can't be helped from inside: its age shows it (`healthz`, metrics).
final class Loops: Sendable {
    private let turns = Mutex<[String: Int64]>([:])
    private let logger: Logger
    /// Between the end of a loop and its next start.
    static let restartMs: Int64 = 1_000

    init(logger: Logger) { self.logger = logger }

    func turned(_ name: String) {
        let nowMs = Monotonic.nowMs()
        turns.withLock { $0[name] = nowMs }
    }

    /// Milliseconds since each loop's last turn.
    var ages: [String: Int64] {
        let nowMs = Monotonic.nowMs()
        return turns.withLock { $0.mapValues { nowMs - $0 } }
    }

    /// Runs a loop until the task is cancelled, whatever ends it. `isTurning`: it turns by itself, even when there is nothing to do.
    func keep(_ name: String, isTurning: Bool = true, _ loop: () async throws -> Void) async {
        while !Task.isCancelled {
            if isTurning { turned(name) }
            do {
                try await loop()
                if !Task.isCancelled { LoopEnded(loop: name, error: nil).emit(to: logger) }
            } catch {
                if !Task.isCancelled { LoopEnded(loop: name, error: "\(error)").emit(to: logger) }
            }
            do { try await Task.sleep(for: .milliseconds(Self.restartMs)) } catch { return }
        }
    }
}

/// A clock that only goes forward, for durations inside one process.
enum Monotonic {
    static func nowMs() -> Int64 { Int64(DispatchTime.now().uptimeNanoseconds / 1_000_000) }
}
