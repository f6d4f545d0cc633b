import DequeModule
import Foundation
import Histogram
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// Acknowledgements at a fixed rate, each counted from the time at which its request should have left.
///
/// A sender that waits for a slow receiver sends late, and would hide just the slowness that is looked for: what it lost counts too. Requests
/// leave one by one at even distances, in turn over connections of HTTP/1.1 over TLS; each connection has one on its way at a time.
struct PacedLoad: Sendable {
    let rate: Int
    let seconds: Int

    private static let connections = 32
    /// For what is still to be answered in the end.
    private static let patience = TimeAmount.seconds(10)

    /// Answers measured, and their percentiles in milliseconds.
    struct Outcome {
        let answers: Int
        let p50: Double
        let p99: Double
        let p999: Double

        var text: String { "ack p50 \(p50) ms, p99 \(p99) ms, p99.9 \(p999) ms of \(answers) answers" }
    }

    func run(_ url: String, body: String, signature: String) async throws -> Outcome {
        guard let target = URL(string: url), let host = target.host, let port = target.port else {
            throw BenchFault.failed("\(url): expected https://host:port/path.")
        }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let request = PacedRequest(
            path: target.path, host: "\(host):\(port)", signature: signature,
            body: Array(try Data(contentsOf: URL(fileURLWithPath: body))))
        do {
            let outcome = try await run(request, host, port, on: group.next())
            try await group.shutdownGracefully()
            return outcome
        } catch {
            try await group.shutdownGracefully()
            throw error
        }
    }

    private func run(_ request: PacedRequest, _ host: String, _ port: Int, on loop: any EventLoop) async throws -> Outcome {
        let tally = PacedTally(expected: rate * seconds, done: loop.makePromise())
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        let tls = try NIOSSLContext(configuration: configuration)
        var channels: [any Channel] = []
        for _ in 0..<Self.connections {
            let channel = try await ClientBootstrap(group: loop).channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: nil))
                        try pipeline.addHTTPClientHandlers()
                        try pipeline.addHandler(PacedClient(request: request, tally: tally))
                    }
                }.connect(host: host, port: port).get()
            channels.append(channel)
        }
        let start = NIODeadline.now() + .milliseconds(200)
        for number in 0..<(rate * seconds) {
            let due = start + .nanoseconds(Int64(number) * 1_000_000_000 / Int64(rate))
            let channel = channels[number % channels.count]
            loop.scheduleTask(deadline: due) { channel.triggerUserOutboundEvent(due, promise: nil) }
        }
        let cut = loop.scheduleTask(deadline: start + .seconds(Int64(seconds)) + Self.patience) {
            tally.fail("Some requests were never answered.")
        }
        defer { cut.cancel() }
        let outcome = try await tally.outcome()
        for channel in channels { try await channel.close().get() }
        return outcome
    }
}

/// One request, as it is sent again and again.
private struct PacedRequest: Sendable {
    let path: String
    let host: String
    let signature: String
    let body: [UInt8]

    var head: HTTPRequestHead {
        HTTPRequestHead(
            version: .http1_1, method: .POST, uri: path,
            headers: [
                "host": host, "content-type": "application/json", "content-length": "\(body.count)",
                "x-hub-signature-256": signature,
            ])
    }
}

/// What all connections have seen.
private final class PacedTally: Sendable {
    private let histogram = Mutex(Histogram<UInt64>(numberOfSignificantValueDigits: .three))
    private let expected: Int
    private let done: EventLoopPromise<Void>

    init(expected: Int, done: EventLoopPromise<Void>) {
        self.expected = expected
        self.done = done
    }

    func record(_ took: TimeAmount) {
        let isLast = histogram.withLock { histogram in
            histogram.record(UInt64(max(0, took.nanoseconds / 1_000)))
            return histogram.totalCount == expected
        }
        if isLast { done.succeed(()) }
    }

    func fail(_ why: String) { done.fail(BenchFault.failed(why)) }

    func outcome() async throws -> PacedLoad.Outcome {
        try await done.futureResult.get()
        return histogram.withLock { histogram in
            func ms(_ percentile: Double) -> Double { Double(histogram.valueAtPercentile(percentile)) / 1_000 }
            return PacedLoad.Outcome(answers: Int(histogram.totalCount), p50: ms(50), p99: ms(99), p999: ms(99.9))
        }
    }
}

/// One connection: sends what is due when the request before it is answered.
private final class PacedClient: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    private let request: PacedRequest
    private let tally: PacedTally
    private var due: Deque<NIODeadline> = []
    private var underWay: NIODeadline?

    init(request: PacedRequest, tally: PacedTally) {
        self.request = request
        self.tally = tally
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let deadline = event as? NIODeadline else { return context.triggerUserOutboundEvent(event, promise: promise) }
        due.append(deadline)
        sendNext(context)
    }

    private func sendNext(_ context: ChannelHandlerContext) {
        guard underWay == nil, let next = due.popFirst() else { return }
        underWay = next
        context.write(wrapOutboundOut(.head(request.head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(context.channel.allocator.buffer(bytes: request.body)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            if head.status != .ok { tally.fail("A request was answered \(head.status.code).") }
        case .body: break
        case .end:
            if let sent = underWay { tally.record(NIODeadline.now() - sent) }
            underWay = nil
            sendNext(context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if underWay != nil || !due.isEmpty { tally.fail("A connection was closed.") }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        tally.fail("A connection failed: \(error)")
        context.close(promise: nil)
    }
}
