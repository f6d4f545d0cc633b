import Core
import Storage

/// What the chain of one job came to.
struct JobOutcome: Sendable {
    var job: ClaimedJob
    let result: Result<[Effect], HandlerError>

    /// Effects are still to be committed, and only as long as the lease runs; the rest is committed or dropped.
    var succeeded: Bool {
        if case .success = result { return true }
        return false
    }
}

extension Reason {
    /// The chain ran for as long as a chain may.
    static let cut = Reason("handler_timed_out", "The handlers took too long and were stopped.")
    /// Half of all slots hang.
    static let roomNeeded = Reason("made_room", "Too many jobs hang; this one was stopped to make room and goes on later.")
    static let stopped = Reason("stopped", "The program stopped; it goes on with the next one.")
}
