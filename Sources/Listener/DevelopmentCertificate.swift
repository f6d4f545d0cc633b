import COpenSSL

/// A key and a certificate for this machine only, made where there is none: for tests that a user runs, never for a port that others reach.
package struct DevelopmentCertificate: Sendable {
    /// PEM; signed by itself, so that it is its own root.
    package let certificateFile: String
    /// PEM.
    package let privateKeyFile: String

    private static let weekSeconds = 7 * 86_400

    /// Writes both into `folder`; valid for a week, for localhost and the loopback addresses.
    package static func make(in folder: String) throws(ListenerError) -> DevelopmentCertificate {
        let made = DevelopmentCertificate(certificateFile: "\(folder)/localhost.pem", privateKeyFile: "\(folder)/localhost.key")
        guard touchstone_self_signed(made.certificateFile, made.privateKeyFile, weekSeconds) == 1 else {
            throw .library("No certificate can be made in \(folder): \(TLSContext.lastError()).")
        }
        return made
    }
}
