import NIOCore
import NIOHTTP1

/// HTTP/1.1 on one connection, behind NIO's decoder: one request at a time, answers in order, pipelined requests wait.
///
/// A request goes head, body, end; its answer may come at any point after the head. The exchange is over when both are
/// through, and the next one starts.
/// An answer that comes before the end of a short body lets the rest be read and thrown away; before a long one, the
/// connection closes.
final class HTTP1Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart

    private struct Exchange {
        let id: Int64
        let isHeadOnly: Bool
        let target: String
        var keepsAlive: Bool
        /// nil once the body is whole or no longer wanted.
        var collector: Collector?
        /// Body bytes still to come that are announced; nil for chunked.
        var remaining: Int?
        /// What it takes of the budgets.
        var holding = Holding()
        var isWhole = false
        var isAnswered = false
    }

    private enum Item {
        case part(HTTPServerRequestPart)
        /// The bytes that follow are no request: answer with this status and close.
        case fault(Int)
    }

    /// The rest of a body that is not wanted is read, up to this, to keep the connection; beyond, closing is cheaper.
    private static let discardedBytesMax = 256 * 1024

    private unowned let connection: Connection
    private let state: LoopState
    private var waiting = CircularBuffer<Item>(initialCapacity: 4)
    private var exchange: Exchange?
    private var lastID: Int64 = 0
    private var deadlineMs: Int64
    private var isInHead = false
    private var isWorking = false
    private var isEnded = false
    private var isDraining = false
    /// Bytes fed to the decoder since it last gave something: an unfinished header block, chunk line or trailer. NIO's
    /// decoder has no bound for these.
    private var silentBytes = 0
    private var hasProgress = false

    init(connection: Connection, state: LoopState) {
        self.connection = connection
        self.state = state
        self.isDraining = state.isDraining
        self.deadlineMs = state.nowMs + state.settings.times.idleMs
    }

    /// Requests wait for the one before: read no more.
    var isBacklogged: Bool { !waiting.isEmpty }

    // MARK: bytes in

    func willFeed(_ count: Int) {
        hasProgress = false
        guard exchange == nil, !isInHead, !isEnded else { return }
        isInHead = true
        deadlineMs = state.nowMs + state.settings.times.headersMs
    }

    func didFeed(_ count: Int) {
        silentBytes = hasProgress ? 0 : silentBytes + count
        if silentBytes > state.settings.bounds.headerBytesMax { take(.fault(431)) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hasProgress = true
        take(.part(Self.unwrapInboundIn(data)))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { take(.fault(400)) }

    private func take(_ item: Item) {
        guard !isEnded else { return }
        waiting.append(item)
        work()
    }

    /// Called when an answer is out or the channel takes bytes again.
    func resume() {
        guard !isWorking else { return }
        let wasBacklogged = isBacklogged
        work()
        if wasBacklogged, !isBacklogged { connection.readAgain() }
    }

    private func work() {
        guard !isWorking else { return }
        isWorking = true
        defer { isWorking = false }
        while !isEnded, let item = waiting.first {
            switch item {
            case .part(.head(let head)):
                guard exchange == nil, connection.canWrite else { return }
                waiting.removeFirst()
                begin(head)
            case .part(.body(let buffer)):
                waiting.removeFirst()
                takeBody(buffer)
            case .part(.end):
                waiting.removeFirst()
                endBody()
            case .fault(let status):
                if let exchange, exchange.isWhole, !exchange.isAnswered { return }
                waiting.removeFirst()
                refuseBytes(status)
            }
        }
    }

    private func begin(_ head: HTTPRequestHead) {
        isInHead = false
        lastID += 1
        deadlineMs = state.nowMs + state.settings.times.bodyMs
        let request = HTTP1Request(head, bounds: state.settings.bounds, sender: connection.sender)
        exchange = Exchange(
            id: lastID, isHeadOnly: head.method == .HEAD, target: head.uri,
            keepsAlive: request.keepsAlive && !isDraining, remaining: request.length)
        switch request.verdict {
        case .refuse(let status):
            exchange?.keepsAlive = false
            refuse(status)
        case .serve(let head):
            ask(head, request)
        }
    }

    private func ask(_ head: RequestHead, _ request: HTTP1Request) {
        let intent = state.hooks.open(head)
        // While a peer waits for 100 it is not known whether a body follows a final answer.
        if request.expectsContinue { exchange?.keepsAlive = false }
        switch intent {
        case .answer(let reply):
            answer(lastID, reply)
        case .collect(let limit, let share, let each, let finish):
            let collector = Collector(limit: limit, each: each, finish: finish, announced: request.length)
            guard !collector.isTooLarge else { return refuse(413) }
            if limit > 0 {
                var holding = Holding()
                let isAdmitted = connection.admit(
                    &holding, share: share, announced: request.length, from: head.remoteAddress)
                exchange?.holding = holding
                guard isAdmitted else { return refuse(503) }
            }
            exchange?.collector = collector
            guard request.expectsContinue else { return }
            exchange?.keepsAlive = request.keepsAlive && !isDraining
            connection.encrypt(HTTP1Answer.goOn)
        }
    }

    private func takeBody(_ buffer: ByteBuffer) {
        guard var current = exchange else { return }
        exchange = nil  // so that the collector's bytes have one owner while they grow
        current.remaining = current.remaining.map { $0 - buffer.readableBytes }
        var holding = current.holding
        let refusal = buffer.withUnsafeReadableBytes { piece -> Int? in
            current.collector?.take(piece) { count in connection.charge(count, &holding) } ?? nil
        }
        current.holding = holding
        exchange = current
        if let refusal { refuse(refusal) }
    }

    private func endBody() {
        guard var current = exchange else { return }
        let collector = current.collector
        current.isWhole = true
        current.collector = nil
        exchange = current
        deadlineMs = state.nowMs + state.settings.times.answerMs
        if var collector { collector.end(connection.responder(current.id)) }
        finishExchange()
    }

    private func refuseBytes(_ status: Int) {
        guard let current = exchange else {
            write(state.hooks.refuse(status, nil), closes: true, isHeadOnly: false)
            return connection.close(linger: true)
        }
        exchange?.keepsAlive = false
        if current.isAnswered { connection.close(linger: true) } else { refuse(status) }
    }

    /// Answers the request under way in our own name.
    private func refuse(_ status: Int) {
        guard let current = exchange else { return }
        answer(current.id, state.hooks.refuse(status, RequestHead.split(target: current.target)?.path))
    }

    // MARK: answers

    func answer(_ request: Int64, _ reply: Reply) {
        guard !isEnded, var current = exchange, current.id == request, !current.isAnswered else { return }
        current.isAnswered = true
        current.collector = nil
        connection.release(&current.holding)
        if !current.isWhole, !isShort(current.remaining) { current.keepsAlive = false }
        exchange = current
        write(reply, closes: !current.keepsAlive, isHeadOnly: current.isHeadOnly)
        finishExchange()
    }

    private func write(_ reply: Reply, closes: Bool, isHeadOnly: Bool) {
        HTTP1Answer.put(reply, closes: closes, isHeadOnly: isHeadOnly, into: &state.scratch)
        state.scratch.withUnsafeBytes { connection.encrypt($0) }
    }

    private func isShort(_ remaining: Int?) -> Bool { remaining.map { $0 <= Self.discardedBytesMax } ?? false }

    private func finishExchange() {
        guard let current = exchange, current.isAnswered else { return }
        if !current.keepsAlive { return connection.close(linger: !current.isWhole) }
        guard current.isWhole else { return }
        exchange = nil
        deadlineMs = state.nowMs + state.settings.times.idleMs
        if isDraining { return connection.close(linger: false) }
        resume()
    }

    // MARK: the end

    /// Ends after the request under way, at once when there is none.
    func drain() {
        isDraining = true
        guard exchange == nil else {
            exchange?.keepsAlive = false
            if exchange?.isAnswered == true { connection.close(linger: true) }
            return
        }
        if waiting.isEmpty { connection.close(linger: false) }
    }

    func sweep(nowMs: Int64) {
        guard nowMs >= deadlineMs, !isEnded else { return }
        guard let current = exchange else {
            if isInHead { take(.fault(408)) } else { connection.close(linger: false) }
            return
        }
        exchange?.keepsAlive = false
        if current.isAnswered {
            connection.close(linger: true)
        } else {
            refuse(current.isWhole ? 503 : 408)
        }
    }

    /// The connection closes.
    func end() {
        isEnded = true
        if var holding = exchange?.holding { connection.release(&holding) }
        exchange = nil
        waiting.removeAll()
    }
}
