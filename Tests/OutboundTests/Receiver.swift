import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A server that keeps what it is sent, byte for byte, and answers every request with the same scripted bytes.
final class Receiver: Sendable {
    /// What becomes of a connection after the answer.
    enum After: Sendable { case close, stayOpen }

    final class Record: Sendable {
        private let state = Mutex<(requests: [[UInt8]], hellos: [[UInt8]])>(([], []))

        var requests: [[UInt8]] { state.withLock { $0.requests } }
        /// The first bytes of each TLS connection; the server's name is in them, in clear.
        var hellos: [[UInt8]] { state.withLock { $0.hellos } }

        func append(_ request: [UInt8]) { state.withLock { $0.requests.append(request) } }
        func append(hello: [UInt8]) { state.withLock { $0.hellos.append(hello) } }
    }

    let record = Record()
    private let channel: any Channel

    init(_ answer: String, after: After = .close, certificates: String? = nil, host: String = "127.0.0.1") async throws {
        let record = record
        let tls = try certificates.map { folder in
            let chain = try NIOSSLCertificate.fromPEMFile(folder + "/server.pem").map { NIOSSLCertificateSource.certificate($0) }
            let key = try NIOSSLPrivateKey(file: folder + "/server.key", format: .pem)
            return try NIOSSLContext(
                configuration: .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key)))
        }
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandlers([Tap(record), NIOSSLServerHandler(context: tls)])
                    }
                    try channel.pipeline.syncOperations.addHandler(Conversation(record, answer, after))
                }
            }
            .bind(host: host, port: 0).get()
    }

    var port: Int { channel.localAddress?.port ?? 0 }
    var requests: [String] { record.requests.map { String(decoding: $0, as: UTF8.self) } }

    static func http(_ status: Int, _ body: String = "", headers: [String] = []) -> String {
        let lines = ["HTTP/1.1 \(status) X", "Content-Length: \(body.utf8.count)", "Connection: close"] + headers
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    func stop() async throws { try await channel.close() }

    private final class Tap: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let record: Record
        private var isFirst = true

        init(_ record: Record) { self.record = record }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            if isFirst { record.append(hello: Array(unwrapInboundIn(data).readableBytesView)) }
            isFirst = false
            context.fireChannelRead(data)
        }
    }

    private final class Conversation: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let record: Record
        private let answer: String
        private let after: After
        private var bytes: [UInt8] = []

        init(_ record: Record, _ answer: String, _ after: After) {
            self.record = record
            self.answer = answer
            self.after = after
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            bytes += Array(unwrapInboundIn(data).readableBytesView)
            guard Self.isWhole(bytes) else { return }
            record.append(bytes)
            bytes = []
            let written = context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)))
            if after == .close { written.assumeIsolated().whenComplete { _ in context.close(promise: nil) } }
        }

        private static func isWhole(_ bytes: [UInt8]) -> Bool {
            guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return false }
            let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
            let length =
                lines.first { $0.lowercased().hasPrefix("content-length:") }?.split(separator: " ").last.flatMap { Int($0) } ?? 0
            return bytes.count - end.upperBound >= length
        }
    }
}
