/// Why the public port could not be opened.
package enum ListenerError: Error, Equatable, Sendable {
    case certificate(file: String, reason: String)
    case privateKey(file: String, reason: String)
    /// The key does not belong to the certificate.
    case keyMismatch(file: String)
    case bind(host: String, port: Int, reason: String)
    /// OpenSSL or nghttp2 refused to set up.
    case library(String)
}
