import COpenSSL
import NIOCore
import NIOHTTP1

/// One connection: TLS through memory BIOs, and after ALPN the protocol that speaks inside it.
///
/// Bytes in: `channelRead` feeds OpenSSL and hands each decrypted record to the protocol; `channelReadComplete` sends what
/// that called for, in one write.
/// Bytes out: the protocol calls `encrypt`; `flush` pumps HTTP/2 and gives everything to the channel. Nothing is written
/// through the pipeline.
/// Ends: `close` says goodbye (close_notify) and lingers when the peer may still be sending; `abort` just closes. Both may be
/// called at any point,
/// so every loop here looks at `stage` again after it has called out.
final class Connection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Stage {
        /// Until the proxy has said whom it speaks for; what has come of that.
        case preamble([UInt8])
        /// Until TLS is set up.
        case handshake
        case http1(HTTP1Handler)
        case http2(HTTP2Session)
        /// Our side is closed; the peer's bytes are thrown away until it closes or `deadlineMs` comes.
        case lingering
        case closed
    }

    let state: LoopState
    private var peer: Peer
    /// In the loop's list of connections.
    var place = 0
    /// Body bytes held by requests of this connection.
    private(set) var bodyBytes = 0
    private var stage: Stage
    private var ssl: OpaquePointer?
    private var input: OpaquePointer?
    private var output: OpaquePointer?
    private var context: ChannelHandlerContext?
    private var deadlineMs: Int64
    private var isReading = false
    private var needsFlush = false
    private var isReadHeld = false
    private var isTLSBroken = false
    // Write deadline: what had been handed to the channel at `markMs` must have left by `markMs + writeMs`.
    private var bytesHanded = 0
    private var mark: (bytes: Int, atMs: Int64)?

    init(state: LoopState, peer: Peer) throws(ListenerError) {
        self.state = state
        self.peer = peer
        self.stage = state.settings.proxyProtocol == .v2 ? .preamble([]) : .handshake
        state.readClock()
        self.deadlineMs = state.nowMs + state.settings.times.handshakeMs
        guard let ssl = SSL_new(state.tls) else { throw .library(TLSContext.lastError()) }
        guard let input = touchstone_bio_new(), let output = touchstone_bio_new() else {
            SSL_free(ssl)
            throw .library(TLSContext.lastError())
        }
        SSL_set_bio(ssl, input, output)
        SSL_set_accept_state(ssl)
        self.ssl = ssl
        self.input = input
        self.output = output
    }

    deinit { SSL_free(ssl) }

    // MARK: the channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        state.add(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        state.readClock()
        switch stage {
        case .lingering, .closed: return
        case .preamble(let bytes): return takePreamble(bytes, Self.unwrapInboundIn(data))
        case .handshake, .http1, .http2: break
        }
        Self.unwrapInboundIn(data).withUnsafeReadableBytes { bytes in
            _ = BIO_write(input, bytes.baseAddress, Int32(bytes.count))
        }
        takeInput()
    }

    /// Nothing is answered to a peer that begins wrong: it is no client of ours.
    private func takePreamble(_ before: [UInt8], _ data: ByteBuffer) {
        let bytes = before + data.readableBytesView
        switch ProxyHeader.read(bytes) {
        case .more: stage = .preamble(bytes)
        case .missing: turnAway(.proxyHeaderMissing)
        case .malformed: turnAway(.proxyHeaderMalformed)
        case .source(let address, let length):
            if let address { peer = Peer(address, trusted: state.settings.trustedProxies) }
            stage = .handshake
            bytes.dropFirst(length).withUnsafeBytes { rest in
                if !rest.isEmpty { _ = BIO_write(input, rest.baseAddress, Int32(rest.count)) }
            }
            takeInput()
        }
    }

    private func turnAway(_ refusal: ConnectionRefusal) {
        state.hooks.turnedAway(refusal, peer.text)
        abort()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        flush()
    }

    func read(context: ChannelHandlerContext) {
        guard mayRead(context) else {
            isReadHeld = true
            return
        }
        context.read()
    }

    /// A peer that does not read its answers, or sends requests faster than they are answered, is not read from.
    private func mayRead(_ context: ChannelHandlerContext) -> Bool {
        switch stage {
        case .preamble, .handshake, .http2: context.channel.isWritable
        case .http1(let handler): context.channel.isWritable && !handler.isBacklogged
        case .lingering, .closed: true
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard context.channel.isWritable else { return }
        state.readClock()
        if case .http1(let handler) = stage { handler.resume() }
        flush()
        readAgain()
    }

    /// Nothing behind this handler writes; plain text must never pass.
    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
    }

    func channelInactive(context: ChannelHandlerContext) {
        leave()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        leave()
        self.context = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { abort() }

    // MARK: bytes in

    /// Works off what OpenSSL has, record by record, as long as the protocol takes it.
    private func takeInput() {
        guard !isReading else { return }
        isReading = true
        defer { isReading = false }
        while let ssl {
            switch stage {
            case .preamble:
                return
            case .handshake:
                guard shakeHands(ssl) else { return }
            case .http1(let handler):
                guard !handler.isBacklogged, let count = decrypt(ssl) else { return }
                feed(handler, count)
            case .http2(let session):
                guard let count = decrypt(ssl) else { return }
                session.receive(UnsafeRawBufferPointer(start: state.record, count: count))
            case .lingering, .closed:
                return
            }
        }
    }

    private func shakeHands(_ ssl: OpaquePointer) -> Bool {
        ERR_clear_error()
        let result = SSL_do_handshake(ssl)
        if result == 1 {
            speak(ssl)
            return true
        }
        if SSL_get_error(ssl, result) != SSL_ERROR_WANT_READ { fail() }
        return false
    }

    private func speak(_ ssl: OpaquePointer) {
        var name: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        SSL_get0_alpn_selected(ssl, &name, &count)
        switch ALPN(name, Int(count)) {
        case .h2: speakHTTP2()
        case .http1, nil: speakHTTP1()
        }
    }

    private func speakHTTP2() {
        guard let session = HTTP2Session(connection: self, state: state) else { return abort() }
        stage = .http2(session)
        needsFlush = true
        if state.isDraining { session.drain() }
    }

    private func speakHTTP1() {
        guard let context else { return }
        let handler = HTTP1Handler(connection: self, state: state)
        stage = .http1(handler)
        do {
            let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes))
            try context.pipeline.syncOperations.addHandlers([decoder, handler], position: .after(self))
        } catch {
            abort()
        }
    }

    /// One record of plain text into the loop's buffer; nil when there is none now.
    private func decrypt(_ ssl: OpaquePointer) -> Int? {
        guard touchstone_bio_pending(input) > 0 || SSL_has_pending(ssl) == 1 else { return nil }
        ERR_clear_error()
        let count = SSL_read(ssl, state.record, Int32(LoopState.recordBytes))
        if count > 0 { return Int(count) }
        switch SSL_get_error(ssl, count) {
        case SSL_ERROR_WANT_READ: break
        case SSL_ERROR_ZERO_RETURN: peerEnded()
        default: fail()
        }
        return nil
    }

    private func feed(_ handler: HTTP1Handler, _ count: Int) {
        guard let context else { return }
        var buffer = context.channel.allocator.buffer(capacity: count)
        buffer.writeBytes(UnsafeRawBufferPointer(start: state.record, count: count))
        handler.willFeed(count)
        context.fireChannelRead(Self.wrapInboundOut(buffer))
        handler.didFeed(count)
    }

    /// The peer's close_notify: answers still go out, nothing more comes in.
    private func peerEnded() {
        switch stage {
        case .http1(let handler): handler.drain()
        case .http2(let session): session.sayGoaway()
        case .preamble, .handshake, .lingering, .closed: abort()
        }
    }

    /// A TLS error: its alert goes out, then the connection ends without close_notify, as OpenSSL asks.
    private func fail() {
        isTLSBroken = true
        close(linger: false)
    }

    /// After a backlog or a full channel: works off what OpenSSL still has, then asks the channel for more.
    func readAgain() {
        takeInput()
        guard isReadHeld, let context, mayRead(context) else { return }
        isReadHeld = false
        context.read()
    }

    // MARK: bytes out

    var canWrite: Bool { context?.channel.isWritable ?? false }

    /// Encrypts; `flush` sends.
    func encrypt(_ bytes: UnsafeRawBufferPointer) {
        guard let ssl, !isTLSBroken, !bytes.isEmpty else { return }
        ERR_clear_error()
        needsFlush = true
        if SSL_write(ssl, bytes.baseAddress, Int32(bytes.count)) <= 0 { isTLSBroken = true }
    }

    func flush() {
        needsFlush = false
        if case .http2(let session) = stage {
            session.pump()
            if session.isOver { return close(linger: session.gaveUp) }
        }
        emit()
        if isTLSBroken { abort() }
    }

    func flushIfNeeded() { if needsFlush { flush() } }

    /// While bytes are being read, `channelReadComplete` flushes.
    func flushUnlessReading() { if !isReading { flushIfNeeded() } }

    /// Gives what OpenSSL wrote to the channel.
    func emit() {
        guard let context, let output else { return }
        let count = touchstone_bio_pending(output)
        guard count > 0 else { return }
        var buffer = context.channel.allocator.buffer(capacity: count)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { space in
            max(0, Int(BIO_read(output, space.baseAddress, Int32(count))))
        }
        bytesHanded += count
        context.writeAndFlush(Self.wrapOutboundOut(buffer), promise: nil)
    }

    // MARK: requests

    /// The caller has read the clock or is inside a request.
    func answer(_ request: Int64, _ reply: Reply) {
        switch stage {
        case .http1(let handler): handler.answer(request, reply)
        case .http2(let session): session.answer(request, reply)
        case .preamble, .handshake, .lingering, .closed: return
        }
        needsFlush = true
    }

    func responder(_ request: Int64) -> Responder {
        Responder(connection: NIOLoopBound(self, eventLoop: state.loop), mailbox: state.mailbox, request: request)
    }

    /// Who sent a request with these headers, as far as it can be known.
    func sender(_ headers: [(name: String, value: String)]) -> String {
        peer.isProxy ? peer.sender(headers, trusted: state.settings.trustedProxies) : peer.text
    }

    /// Room for a request and for a body as long as announced; false: answer 503. What was taken so far is in `holding` then, too.
    func admit(_ holding: inout Holding, share: Share?, announced: Int?, from sender: String) -> Bool {
        guard state.budget.all.takeRequest() else { return false }
        holding.isRequest = true
        holding.share = share
        if let addresses = state.budget.addresses {
            guard let entered = addresses.enter(sender) else { return false }
            holding.address = (sender, entered)
        }
        guard let announced else { return true }
        // Only looked at: what is announced and never sent must not keep others out.
        return state.budget.all.hasRoom(bytes: announced) && share?.hasRoom(bytes: announced) ?? true
            && holding.address?.share.hasRoom(bytes: announced) ?? true
    }

    /// Counts body bytes against the bounds of this connection, of what the request names, of its address, and of everybody.
    func charge(_ count: Int, _ holding: inout Holding) -> Bool {
        guard bodyBytes + count <= state.settings.bounds.bodyBytesPerConnectionMax, holding.share?.take(bytes: count) ?? true
        else { return false }
        guard holding.address?.share.take(bytes: count) ?? true else {
            holding.share?.giveBack(bytes: count)
            return false
        }
        guard state.budget.all.take(bytes: count) else {
            holding.share?.giveBack(bytes: count)
            holding.address?.share.giveBack(bytes: count)
            return false
        }
        bodyBytes += count
        holding.bytes += count
        return true
    }

    /// Gives everything back. Once more does nothing.
    func release(_ holding: inout Holding) {
        if holding.bytes > 0 {
            bodyBytes -= holding.bytes
            state.budget.all.giveBack(bytes: holding.bytes)
            holding.share?.giveBack(bytes: holding.bytes)
            holding.address?.share.giveBack(bytes: holding.bytes)
        }
        if holding.isRequest { state.budget.all.giveBackRequest() }
        if let address = holding.address { state.budget.addresses?.leave(address.text) }
        holding = Holding()
    }

    // MARK: the end

    func drain() {
        switch stage {
        case .preamble, .handshake: abort()
        case .http1(let handler): handler.drain()
        case .http2(let session): session.drain()
        case .lingering, .closed: return
        }
        flush()
    }

    func sayGoaway() {
        guard case .http2(let session) = stage else { return }
        session.sayGoaway()
        flush()
    }

    func sweep(nowMs: Int64) {
        switch stage {
        case .preamble, .handshake, .lingering:
            if nowMs >= deadlineMs { abort() }
        case .http1(let handler):
            handler.sweep(nowMs: nowMs)
            flushIfNeeded()
        case .http2(let session):
            if session.sweep(nowMs: nowMs) { flush() }
        case .closed: return
        }
        checkWriting(nowMs: nowMs)
    }

    private func checkWriting(nowMs: Int64) {
        guard let waiting = try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes), waiting > 0 else {
            mark = nil
            return
        }
        guard let mark, bytesHanded - waiting < mark.bytes else {
            self.mark = (bytesHanded, nowMs)
            return
        }
        if nowMs >= mark.atMs + state.settings.times.writeMs { abort() }
    }

    /// Says goodbye and closes. With `linger`, or with bytes still to be written, only our side at once.
    func close(linger: Bool) {
        switch stage {
        case .lingering, .closed: return
        case .preamble, .handshake, .http1, .http2: break
        }
        endProtocol()
        if let ssl, !isTLSBroken {
            ERR_clear_error()
            SSL_shutdown(ssl)
        }
        emit()
        let waiting = (try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        if linger || waiting > 0 {
            stage = .lingering
            deadlineMs = state.nowMs + (linger ? state.settings.times.lingerMs : state.settings.times.writeMs)
            context?.close(mode: .output, promise: nil)
            readAgain()
        } else {
            stage = .closed
            context?.close(promise: nil)
        }
    }

    func abort() {
        if case .closed = stage { return }
        endProtocol()
        stage = .closed
        context?.close(promise: nil)
    }

    private func endProtocol() {
        switch stage {
        case .http1(let handler): handler.end()
        case .http2(let session): session.end()
        case .preamble, .handshake, .lingering, .closed: return
        }
    }

    /// The channel is gone.
    private func leave() {
        endProtocol()
        stage = .closed
        state.remove(self)
    }
}
