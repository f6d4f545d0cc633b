import NIOCore

/// The way back to one request, from any thread.
package struct Responder: Sendable {
    let connection: NIOLoopBound<Connection>
    let mailbox: Mailbox
    let request: Int64

    /// Answers. A second answer, and an answer to a connection that is gone, are ignored.
    package func send(_ reply: Reply) {
        if mailbox.loop.inEventLoop {
            connection.value.answer(request, reply)
            connection.value.flushUnlessReading()
        } else {
            mailbox.post(Mailbox.Letter(connection: connection, request: request, reply: reply))
        }
    }
}
