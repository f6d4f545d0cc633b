import COpenSSL

/// The server side of TLS, as OpenSSL wants it: one `SSL_CTX` per event loop, all with the same ticket keys.
///
/// Everything that a setting decides is decided here, so that other settings (client certificates, a renewed certificate) are
/// another context.
enum TLSContext {
    /// Ticket keys of this process, so that a session is resumed on whichever loop the peer comes back to.
    struct TicketKeys: Sendable {
        let bytes: [UInt8]

        static func make() throws(ListenerError) -> TicketKeys {
            var bytes = [UInt8](repeating: 0, count: 80)
            guard RAND_bytes(&bytes, 80) == 1 else { throw .library("The system gives no random bytes.") }
            return TicketKeys(bytes: bytes)
        }
    }

    private static let cipherList = "ECDHE+AESGCM:ECDHE+CHACHA20"
    private static let sessionContext: StaticString = "touchstone"

    /// The caller frees it with `SSL_CTX_free`.
    static func make(_ settings: ListenerSettings, tickets: TicketKeys) throws(ListenerError) -> OpaquePointer {
        guard let context = SSL_CTX_new(TLS_server_method()) else { throw .library(lastError()) }
        do throws(ListenerError) {
            touchstone_tls_defaults(context)
            guard SSL_CTX_set_cipher_list(context, cipherList) == 1, touchstone_tls_ticket_keys(context, tickets.bytes) == 1,
                SSL_CTX_set_session_id_context(context, sessionContext.utf8Start, UInt32(sessionContext.utf8CodeUnitCount)) == 1
            else { throw .library(lastError()) }
            // A key with a passphrase is refused; OpenSSL would ask for it on the terminal.
            SSL_CTX_set_default_passwd_cb(context) { _, _, _, _ in 0 }
            SSL_CTX_set_alpn_select_cb(context, chooseProtocol, nil)
            try loadCertificate(settings, into: context)
            return context
        } catch {
            SSL_CTX_free(context)
            throw error
        }
    }

    private static func loadCertificate(_ settings: ListenerSettings, into context: OpaquePointer) throws(ListenerError) {
        ERR_clear_error()
        guard SSL_CTX_use_certificate_chain_file(context, settings.certificateChainFile) == 1 else {
            throw .certificate(file: settings.certificateChainFile, reason: lastError())
        }
        guard SSL_CTX_use_PrivateKey_file(context, settings.privateKeyFile, SSL_FILETYPE_PEM) == 1 else {
            if isMismatch { throw .keyMismatch(file: settings.privateKeyFile) }
            throw .privateKey(file: settings.privateKeyFile, reason: lastError())
        }
        guard SSL_CTX_check_private_key(context) == 1 else { throw .keyMismatch(file: settings.privateKeyFile) }
    }

    private static var isMismatch: Bool {
        touchstone_is_key_mismatch(ERR_peek_last_error()) == 1
    }

    /// The last thing OpenSSL said, without file names or data.
    static func lastError() -> String {
        defer { ERR_clear_error() }
        guard let reason = ERR_reason_error_string(ERR_peek_last_error()) else { return "no reason given" }
        return String(cString: reason)
    }

    /// h2 before http/1.1; without either in common the handshake ends with an alert. `out` points into the peer's own list,
    /// which outlives the call.
    private static let chooseProtocol: SSL_CTX_alpn_select_cb_func = { _, out, outCount, list, listCount, _ in
        guard let list else { return SSL_TLSEXT_ERR_ALERT_FATAL }
        for name in [ALPN.h2, ALPN.http1] {
            var place = 0
            while place < Int(listCount) {
                let count = Int(list[place])
                guard place + 1 + count <= Int(listCount) else { return SSL_TLSEXT_ERR_ALERT_FATAL }
                if ALPN(list + place + 1, count) == name {
                    out?.pointee = list + place + 1
                    outCount?.pointee = UInt8(count)
                    return SSL_TLSEXT_ERR_OK
                }
                place += 1 + count
            }
        }
        return SSL_TLSEXT_ERR_ALERT_FATAL
    }
}

/// The protocols that a client may choose.
enum ALPN: Equatable {
    case h2, http1

    init?(_ name: UnsafePointer<UInt8>?, _ count: Int) {
        switch String(decoding: UnsafeBufferPointer(start: name, count: count), as: UTF8.self) {
        case "h2": self = .h2
        case "http/1.1": self = .http1
        default: return nil
        }
    }
}
