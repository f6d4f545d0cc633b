import CNGHTTP2

/// HTTP/2 on one connection: nghttp2 keeps the protocol, this keeps the requests.
///
/// nghttp2 calls back while `receive` or `pump` runs (`HTTP2Session+Callbacks.swift`). In a callback, answers may be
/// submitted but nothing is received or sent;
/// the connection pumps when its input is worked off. A stream lives from `begin` to nghttp2's word that it closed, and is
/// then given up in one place, `forget`.
final class HTTP2Session {
    /// Body bytes that all streams of a connection may have under way, before nghttp2 has asked for more.
    private static let connectionWindowBytes: Int32 = 1024 * 1024
    /// Frames without content that every request may bring with it.
    private static let idleFramesPerRequest = 10
    /// What is read of a body that nobody wants, before the stream is reset.
    private static let discardedBytesMax = 256 * 1024

    unowned let connection: Connection
    let state: LoopState
    var session: OpaquePointer?
    /// The stream whose header block is coming in; nil between blocks and for trailers.
    var receiving: HTTP2Stream?
    /// Streams reset by us, for the peer's faults.
    var resets = 0
    /// SETTINGS, PING, PRIORITY, WINDOW_UPDATE, RST_STREAM, empty DATA.
    var idleFrames = 0
    private var requests = 0
    private var streams: [HTTP2Stream] = []
    private var idleSinceMs: Int64
    private(set) var isOver = false
    private var isPumping = false
    /// The peer was told to go, and may still be sending.
    private(set) var gaveUp = false

    init?(connection: Connection, state: LoopState) {
        self.connection = connection
        self.state = state
        self.idleSinceMs = state.nowMs
        let me = Unmanaged.passUnretained(self).toOpaque()
        guard nghttp2_session_server_new2(&session, state.http2.callbacks, me, state.http2.option) == 0 else { return nil }
        let bounds = state.settings.bounds
        let settings = [
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS.rawValue), value: bounds.streamsPerConnectionMax),
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE.rawValue), value: UInt32(bounds.headerBytesMax)),
            nghttp2_settings_entry(settings_id: Int32(NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES.rawValue), value: 1),
        ]
        let isSet =
            nghttp2_submit_settings(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), settings, settings.count) == 0
            && nghttp2_session_set_local_window_size(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), 0, Self.connectionWindowBytes)
                == 0
        guard isSet else { return nil }
    }

    deinit { nghttp2_session_del(session) }

    // MARK: bytes

    func receive(_ bytes: UnsafeRawBufferPointer) {
        guard !isOver else { return }
        let taken = nghttp2_session_mem_recv(session, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
        if taken < 0 { give(up: taken == Int(NGHTTP2_ERR_FLOODED.rawValue) ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_PROTOCOL_ERROR) }
        if resets > state.settings.bounds.resetsMax
            || idleFrames > state.settings.bounds.idleFramesMax + Self.idleFramesPerRequest * requests
        {
            give(up: NGHTTP2_ENHANCE_YOUR_CALM)
        }
    }

    /// GOAWAY and nothing more: what nghttp2 does not say by itself after a fatal error.
    private func give(up code: nghttp2_error_code) {
        gaveUp = true
        nghttp2_session_terminate_session(session, code.rawValue)
    }

    /// All frames that wait, encrypted, as long as the channel takes them.
    ///
    /// `emit` may come back to us through the channel (it took everything, or it broke), so no pointer of nghttp2's is held
    /// over it.
    func pump() {
        guard !isPumping, !isOver else { return }
        isPumping = true
        defer { isPumping = false }
        while pumpOnce() {}
        if nghttp2_session_want_read(session) == 0, nghttp2_session_want_write(session) == 0 { isOver = true }
    }

    /// True when it sent something: `emit` may have let in bytes that call for more.
    private func pumpOnce() -> Bool {
        var used = 0
        var sent = 0
        while connection.canWrite, !isOver {
            var frame: UnsafePointer<UInt8>?
            let count = nghttp2_session_mem_send(session, &frame)
            guard count > 0, let frame else { break }
            sent += count
            let isFull = used + count > LoopState.outputBytes
            if isFull {
                connection.encrypt(UnsafeRawBufferPointer(start: state.output, count: used))
                used = 0
            }
            if count > LoopState.outputBytes {
                connection.encrypt(UnsafeRawBufferPointer(start: frame, count: count))
            } else {
                (state.output + used).copyMemory(from: frame, byteCount: count)
                used += count
            }
            if isFull { flushOutput(&used) }
        }
        flushOutput(&used)
        return sent > 0
    }

    /// The loop's buffer is everybody's: nothing of ours stays in it while `emit` may call others.
    private func flushOutput(_ used: inout Int) {
        connection.encrypt(UnsafeRawBufferPointer(start: state.output, count: used))
        used = 0
        connection.emit()
    }

    // MARK: streams

    func begin(_ id: Int32) {
        let stream = HTTP2Stream(id: id, deadlineMs: state.nowMs + state.settings.times.headersMs)
        stream.place = streams.count
        streams.append(stream)
        receiving = stream
        requests += 1
        nghttp2_session_set_stream_user_data(session, id, Unmanaged.passUnretained(stream).toOpaque())
    }

    func stream(_ id: Int32) -> HTTP2Stream? {
        guard let pointer = nghttp2_session_get_stream_user_data(session, id) else { return nil }
        return Unmanaged<HTTP2Stream>.fromOpaque(pointer).takeUnretainedValue()
    }

    /// The header block is whole: ask the application.
    func open(_ stream: HTTP2Stream, isWhole: Bool) {
        receiving = nil
        stream.isWhole = isWhole
        guard stream.fault == 0 else { return refuse(stream, stream.fault) }
        guard let head = stream.head(remoteAddress: connection.sender(stream.headers)) else { return refuse(stream, 400) }
        stream.headers = []
        switch state.hooks.open(head) {
        case .answer(let reply):
            answer(stream, reply)
        case .collect(let limit, let share, let each, let finish):
            let collector = Collector(limit: limit, each: each, finish: finish, announced: stream.announced)
            guard !collector.isTooLarge else { return refuse(stream, 413) }
            if limit > 0 {
                let isAdmitted = connection.admit(
                    &stream.holding, share: share, announced: stream.announced, from: head.remoteAddress)
                guard isAdmitted else { return refuse(stream, 503) }
            }
            stream.stage = .collecting(collector)
            stream.deadlineMs = state.nowMs + state.settings.times.bodyMs
            if isWhole { finishBody(stream) } else if stream.expectsContinue { submitContinue(stream) }
        }
    }

    func take(_ piece: UnsafeRawBufferPointer, for stream: HTTP2Stream) {
        guard case .collecting(var collector) = stream.stage else { return discard(piece.count, of: stream) }
        stream.stage = .waiting  // so that the collector's bytes have one owner while they grow
        let refusal = collector.take(piece) { count in connection.charge(count, &stream.holding) }
        if let refusal { return refuse(stream, refusal) }
        stream.stage = .collecting(collector)
    }

    func finishBody(_ stream: HTTP2Stream) {
        stream.isWhole = true
        guard case .collecting(var collector) = stream.stage else { return }
        stream.stage = .waiting
        stream.deadlineMs = state.nowMs + state.settings.times.answerMs
        collector.end(connection.responder(Int64(stream.id)))
    }

    /// nghttp2 closed the stream: the only place where it is given up.
    func forget(_ stream: HTTP2Stream) {
        release(stream)
        if receiving === stream { receiving = nil }
        let last = streams.removeLast()
        if last !== stream {
            streams[stream.place] = last
            last.place = stream.place
        }
        if streams.isEmpty { idleSinceMs = state.nowMs }
    }

    private func release(_ stream: HTTP2Stream) { connection.release(&stream.holding) }

    // MARK: answers

    func answer(_ request: Int64, _ reply: Reply) {
        guard let id = Int32(exactly: request), let stream = stream(id) else { return }
        answer(stream, reply)
    }

    private func answer(_ stream: HTTP2Stream, _ reply: Reply) {
        if case .answered = stream.stage { return }
        let isHeadOnly = stream.method == "HEAD"
        stream.stage = .answered
        stream.deadlineMs = state.nowMs + state.settings.times.writeMs
        release(stream)
        stream.answer = isHeadOnly ? [] : reply.body
        let result = HTTP2Fields.withFields(of: reply, scratch: &state.scratch) { fields in
            guard !stream.answer.isEmpty else {
                return nghttp2_submit_response(session, stream.id, fields.baseAddress, fields.count, nil)
            }
            var provider = nghttp2_data_provider()
            provider.source.ptr = Unmanaged.passUnretained(stream).toOpaque()
            provider.read_callback = Self.readAnswer
            return nghttp2_submit_response(session, stream.id, fields.baseAddress, fields.count, &provider)
        }
        if result != 0 { reset(stream, NGHTTP2_INTERNAL_ERROR) }
    }

    /// Answers in our own name.
    private func refuse(_ stream: HTTP2Stream, _ status: Int) {
        answer(stream, state.hooks.refuse(status, RequestHead.split(target: stream.target)?.path))
    }

    private func submitContinue(_ stream: HTTP2Stream) {
        _ = HTTP2Fields.withFields(of: Reply(status: 100), scratch: &state.scratch) { fields in
            nghttp2_submit_headers(
                session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.id, nil, fields.baseAddress, fields.count, nil)
        }
    }

    /// The answer is out, and the peer is still sending. It gets a while to see the answer and stop by itself: many clients,
    /// curl among them,
    /// take even a reset without error for a failure and lose the answer.
    func answerWasSent(_ stream: HTTP2Stream) {
        guard !stream.isWhole else { return }
        stream.deadlineMs = state.nowMs + state.settings.times.lingerMs
        stream.isAnswerOut = true
    }

    private func discard(_ count: Int, of stream: HTTP2Stream) {
        stream.discarded += count
        if stream.isAnswerOut, stream.discarded > Self.discardedBytesMax { reset(stream, NGHTTP2_NO_ERROR) }
    }

    private func reset(_ stream: HTTP2Stream, _ code: nghttp2_error_code) {
        nghttp2_submit_rst_stream(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.id, code.rawValue)
    }

    // MARK: the end

    /// The notice of a graceful stop; the peer opens no more streams once it has seen it.
    func drain() { nghttp2_submit_shutdown_notice(session) }

    /// Names the last stream that will be served; the connection is over when those are.
    func sayGoaway() {
        let last = nghttp2_session_get_last_proc_stream_id(session)
        nghttp2_submit_goaway(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), last, NGHTTP2_NO_ERROR.rawValue, nil, 0)
    }

    /// True when there is something to send.
    func sweep(nowMs: Int64) -> Bool {
        if streams.isEmpty {
            guard nowMs >= idleSinceMs + state.settings.times.idleMs else { return false }
            give(up: NGHTTP2_NO_ERROR)
            return true
        }
        let late = streams.filter { nowMs >= $0.deadlineMs }
        for stream in late { cut(stream) }
        return !late.isEmpty
    }

    private func cut(_ stream: HTTP2Stream) {
        switch stream.stage {
        case .headers: give(up: NGHTTP2_ENHANCE_YOUR_CALM)  // nghttp2 can't do anything else in the middle of a header block
        case .collecting: refuse(stream, 408)
        case .waiting: refuse(stream, 503)
        case .answered: reset(stream, stream.isAnswerOut ? NGHTTP2_NO_ERROR : NGHTTP2_CANCEL)
        }
    }

    /// The connection closes. nghttp2 does not report the streams that are still open; they and its session stay until this
    /// object goes,
    /// for nghttp2 may be on the stack.
    func end() {
        isOver = true
        for stream in streams { release(stream) }
    }
}
