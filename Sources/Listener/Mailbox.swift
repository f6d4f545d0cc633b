import NIOCore
import Synchronization

/// Answers from other threads on their way to one event loop: whatever gathers while the loop is busy is one wake-up and one
/// write per connection.
final class Mailbox: Sendable {
    struct Letter: Sendable {
        let connection: NIOLoopBound<Connection>
        let request: Int64
        let reply: Reply
    }

    private struct State {
        var letters: [Letter] = []
        var isClosed = false
    }

    let loop: any EventLoop
    private let state = Mutex(State())

    init(loop: any EventLoop) { self.loop = loop }

    func post(_ letter: Letter) {
        let isFirst = state.withLock { state in
            guard !state.isClosed else { return false }
            state.letters.append(letter)
            return state.letters.count == 1
        }
        if isFirst { loop.execute { self.deliver() } }
    }

    /// After this nothing is taken: the loop is about to end.
    func close() { state.withLock { $0 = State(isClosed: true) } }

    private func deliver() {
        let letters = state.withLock { state in
            let letters = state.letters
            state.letters = []
            return letters
        }
        letters.first?.connection.value.state.readClock()
        for letter in letters { letter.connection.value.answer(letter.request, letter.reply) }
        for letter in letters { letter.connection.value.flushIfNeeded() }
    }
}
