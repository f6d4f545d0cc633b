import CNGHTTP2

/// nghttp2's options and callbacks, made once per event loop.
final class HTTP2Setup {
    let callbacks: OpaquePointer
    let option: OpaquePointer

    /// More than a header block of `headerBytesMax` ever needs.
    private static let continuationsMax = 4
    private static let outboundAcksMax = 256

    init(_ bounds: ListenerBounds) throws(ListenerError) {
        var callbacks: OpaquePointer?
        var option: OpaquePointer?
        guard nghttp2_session_callbacks_new(&callbacks) == 0, let callbacks, nghttp2_option_new(&option) == 0, let option else {
            throw .library("nghttp2 has no memory.")
        }
        nghttp2_option_set_no_closed_streams(option, 1)
        nghttp2_option_set_max_outbound_ack(option, Self.outboundAcksMax)
        nghttp2_option_set_max_continuations(option, Self.continuationsMax)
        HTTP2Session.setCallbacks(callbacks)
        self.callbacks = callbacks
        self.option = option
    }

    deinit {
        nghttp2_session_callbacks_del(callbacks)
        nghttp2_option_del(option)
    }
}
