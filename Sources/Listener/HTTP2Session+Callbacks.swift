import CNGHTTP2

/// What nghttp2 calls. A C function captures nothing; the session is its user data and outlives every call.
extension HTTP2Session {
    static func setCallbacks(_ callbacks: OpaquePointer) {
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, frame, user in
            guard let frame, let me = HTTP2Session.from(user) else { return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue }
            me.receiving = nil
            if frame.pointee.isRequest { me.begin(frame.pointee.hd.stream_id) }
            return 0
        }
        nghttp2_session_callbacks_set_on_header_callback(callbacks) { _, _, name, nameCount, value, valueCount, _, user in
            guard let me = HTTP2Session.from(user), let stream = me.receiving else { return 0 }
            stream.take(
                name: UnsafeBufferPointer(start: name, count: nameCount),
                value: UnsafeBufferPointer(start: value, count: valueCount),
                bounds: me.state.settings.bounds)
            return 0
        }
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) { _, _, id, bytes, count, user in
            guard let me = HTTP2Session.from(user), let stream = me.stream(id) else { return 0 }
            me.take(UnsafeRawBufferPointer(start: bytes, count: count), for: stream)
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, user in
            guard let frame, let me = HTTP2Session.from(user) else { return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue }
            me.received(frame.pointee)
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_send_callback(callbacks) { _, frame, user in
            guard let frame, let me = HTTP2Session.from(user) else { return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue }
            me.sent(frame.pointee)
            return 0
        }
        nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks) { _, _, _, user in
            HTTP2Session.from(user)?.idleFrames += 1
            return 0
        }
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, id, _, user in
            guard let me = HTTP2Session.from(user), let stream = me.stream(id) else { return 0 }
            me.forget(stream)
            return 0
        }
    }

    private static func from(_ user: UnsafeMutableRawPointer?) -> HTTP2Session? {
        user.map { Unmanaged<HTTP2Session>.fromOpaque($0).takeUnretainedValue() }
    }

    private func received(_ frame: nghttp2_frame) {
        switch nghttp2_frame_type(UInt32(frame.hd.type)) {
        case NGHTTP2_HEADERS:
            if frame.isRequest, let stream = receiving {
                open(stream, isWhole: frame.endsStream)
            } else if frame.endsStream, let stream = stream(frame.hd.stream_id) {
                finishBody(stream)  // trailers
            }
        case NGHTTP2_DATA:
            if frame.endsStream, let stream = stream(frame.hd.stream_id) {
                finishBody(stream)
            } else if frame.hd.length == 0 {
                idleFrames += 1
            }
        case _:
            idleFrames += 1
        }
    }

    private func sent(_ frame: nghttp2_frame) {
        switch nghttp2_frame_type(UInt32(frame.hd.type)) {
        case NGHTTP2_HEADERS, NGHTTP2_DATA:
            if frame.endsStream, let stream = stream(frame.hd.stream_id) { answerWasSent(stream) }
        case NGHTTP2_RST_STREAM:
            if frame.rst_stream.error_code != NGHTTP2_NO_ERROR.rawValue { resets += 1 }
        case _:
            ()
        }
    }

    /// The next bytes of an answer. The stream is there as long as nghttp2 asks for its data.
    static let readAnswer: nghttp2_data_source_read_callback = { _, _, space, count, flags, source, _ in
        guard let space, let pointer = source?.pointee.ptr else { return Int(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue) }
        let stream = Unmanaged<HTTP2Stream>.fromOpaque(pointer).takeUnretainedValue()
        let sending = min(count, stream.answer.count - stream.answerSent)
        stream.answer.withUnsafeBufferPointer { bytes in
            if let base = bytes.baseAddress { space.update(from: base + stream.answerSent, count: sending) }
        }
        stream.answerSent += sending
        if stream.answerSent == stream.answer.count { flags?.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue }
        return sending
    }
}

extension nghttp2_frame {
    fileprivate var endsStream: Bool { hd.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0 }

    fileprivate var isRequest: Bool { hd.type == UInt8(NGHTTP2_HEADERS.rawValue) && headers.cat == NGHTTP2_HCAT_REQUEST }
}
