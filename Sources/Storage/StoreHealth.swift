import Synchronization

/// What can be said of the writer without asking it.
package struct StoreHealth: Sendable, Equatable {
    /// ms since 1970; 0 before the first commit.
    package var lastCommitAtMs: Int64 = 0
    /// Of the last group, when it failed.
    package var lastFailure: StoreError?
    package var waitingJobs = 0
    package var walPages = 0
    package var commits: Int64 = 0
}

/// Written by the writer, read by anybody.
final class HealthBox: Sendable {
    private let state = Mutex(StoreHealth())

    var value: StoreHealth { state.withLock { $0 } }

    /// `failure` is that of single jobs of the group, where the disk was the reason.
    func committed(atMs: Int64, walPages: Int, failure: StoreError?) {
        state.withLock {
            $0.lastCommitAtMs = atMs
            $0.lastFailure = failure
            $0.walPages = walPages
            $0.commits += 1
        }
    }

    func failed(_ error: StoreError) { state.withLock { $0.lastFailure = error } }
}
