import COpenSSL
import Core
import NIOCore

/// All that the connections of one event loop share, so that nothing of it needs a lock: TLS context, nghttp2 set-up,
/// buffers, the list of connections.
final class LoopState {
    /// One TLS record of plain text.
    static let recordBytes = 16 * 1024
    /// HTTP/2 frames gathered before they are encrypted.
    static let outputBytes = 32 * 1024
    /// Between the notice of a graceful stop and the GOAWAY that names the last stream: longer than a round trip.
    private static let goawayDelayMs: Int64 = 100

    let loop: any EventLoop
    let mailbox: Mailbox
    let settings: ListenerSettings
    let hooks: ListenerHooks
    let budget: BodyBudget
    let http2: HTTP2Setup
    let record = UnsafeMutableRawPointer.allocate(byteCount: LoopState.recordBytes, alignment: 16)
    let output = UnsafeMutableRawPointer.allocate(byteCount: LoopState.outputBytes, alignment: 16)
    /// Where header fields and HTTP/1.1 answers are put together.
    var scratch: [UInt8] = []
    private(set) var tls: OpaquePointer
    /// The one that follows, while the other loops make theirs.
    private var renewed: OpaquePointer?
    private let tickets: TLSContext.TicketKeys
    private(set) var isDraining = false
    private var connections: [Connection] = []
    private var sweeper: RepeatedTask?
    private var drained: EventLoopPromise<Void>?

    init(
        loop: any EventLoop, settings: ListenerSettings, tickets: TLSContext.TicketKeys, budget: BodyBudget, hooks: ListenerHooks
    ) throws(ListenerError) {
        self.loop = loop
        self.mailbox = Mailbox(loop: loop)
        self.settings = settings
        self.budget = budget
        self.hooks = hooks
        self.tickets = tickets
        self.http2 = try HTTP2Setup(settings.bounds)
        self.tls = try TLSContext.make(settings, tickets: tickets)
    }

    deinit {
        SSL_CTX_free(tls)
        SSL_CTX_free(renewed)
        record.deallocate()
        output.deallocate()
    }

    /// When the loop last woke up, in ms on a clock that only goes forward: near enough for deadlines, and read once for a
    /// batch of requests.
    private(set) var nowMs: Int64 = 0

    /// Called wherever the loop enters: bytes, answers, timers.
    func readClock() { nowMs = Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000) }

    func startSweeping() {
        let me = NIOLoopBound(self, eventLoop: loop)
        let every = TimeAmount.milliseconds(settings.times.sweepMs)
        sweeper = loop.scheduleRepeatedTask(initialDelay: every, delay: every) { _ in me.value.sweep() }
    }

    /// Reads another certificate and key; nothing uses them before `takeRenewed`.
    func renew(certificateChainFile: String, privateKeyFile: String) throws(ListenerError) {
        var settings = settings
        settings.certificateChainFile = certificateChainFile
        settings.privateKeyFile = privateKeyFile
        let context = try TLSContext.make(settings, tickets: tickets)
        SSL_CTX_free(renewed)
        renewed = context
    }

    /// Connections from here on use it. Those that are there keep theirs, which they count as users of.
    func takeRenewed() {
        guard let renewed else { return }
        SSL_CTX_free(tls)
        tls = renewed
        self.renewed = nil
    }

    func add(_ connection: Connection) {
        connection.place = connections.count
        connections.append(connection)
    }

    func remove(_ connection: Connection) {
        let place = connection.place
        guard place < connections.count, connections[place] === connection else { return }
        let last = connections.removeLast()
        if last !== connection {
            connections[place] = last
            last.place = place
        }
        if isDraining, connections.isEmpty { succeedDrain() }
    }

    /// Lets requests under way end, then closes; what is left after `drainMs` is cut.
    func drain(drainMs: Int64) -> EventLoopFuture<Void> {
        let promise = loop.makePromise(of: Void.self)
        readClock()
        isDraining = true
        drained = promise
        for connection in connections { connection.drain() }
        let me = NIOLoopBound(self, eventLoop: loop)
        loop.scheduleTask(in: .milliseconds(min(Self.goawayDelayMs, drainMs))) { me.value.eachConnection { $0.sayGoaway() } }
        loop.scheduleTask(in: .milliseconds(drainMs)) { me.value.eachConnection { $0.abort() } }
        if connections.isEmpty { succeedDrain() }
        return promise.futureResult
    }

    private func succeedDrain() {
        sweeper?.cancel()
        mailbox.close()
        drained?.succeed()
        drained = nil
    }

    private func sweep() {
        readClock()
        let now = nowMs
        eachConnection { $0.sweep(nowMs: now) }
    }

    /// Over a copy: a connection may leave the list while it is looked at.
    private func eachConnection(_ body: (Connection) -> Void) {
        for connection in connections { body(connection) }
    }
}
