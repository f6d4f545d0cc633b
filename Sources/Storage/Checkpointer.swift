import Synchronization

/// What the writer and the checkpointing thread share: SQLite refuses a second checkpoint at once, without waiting.
final class CheckpointTurn: Sendable {
    let requests = WorkQueue<Void>()
    let turn = Mutex(())

    /// To be written back soon; a request that waits already is enough.
    func request() { _ = requests.put((), max: 1) }
}

/// Writes the log back into the database beside the writer, waiting for nobody.
final class Checkpointer {
    private let turn: CheckpointTurn
    private let settings: StoreSettings
    private var driver: (any Driver)?

    init(turn: CheckpointTurn, settings: StoreSettings) {
        self.turn = turn
        self.settings = settings
    }

    /// Until the queue is closed. A failure costs nothing but a longer log: the writer asks again, and checkpoints itself at the limit.
    func loop() {
        while turn.requests.take(max: 1) != nil {
            do throws(StoreError) {
                let driver = try connected()
                try turn.turn.withLock { _ throws(StoreError) in try driver.checkpoint(.passive) }
            } catch {
                driver?.close()
                driver = nil
            }
        }
        driver?.close()
    }

    private func connected() throws(StoreError) -> any Driver {
        if let driver { return driver }
        let fresh = try settings.connect(.checkpointer)
        driver = fresh
        return fresh
    }
}
