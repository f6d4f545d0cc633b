/// What proves that a delivery is meant for an app: its name and its secrets, newest first while they are rotated.
package struct AppSecrets: Sendable {
    /// As in the configuration.
    package let app: String
    package let secrets: [String]
    /// Accept `X-Hub-Signature: sha1=…` where the SHA-256 header is absent.
    package let allowSHA1: Bool
    let sha256: [HMACKey]
    let sha1: [HMACKey]

    /// An empty secret is left out: anybody can sign with it.
    package init(app: String, secrets: [String], allowSHA1: Bool = false) {
        let secrets = secrets.filter { !$0.isEmpty }
        self.app = app
        self.secrets = secrets
        self.allowSHA1 = allowSHA1
        self.sha256 = secrets.map { HMACKey(secret: Array($0.utf8), hash: .sha256) }
        self.sha1 = allowSHA1 ? secrets.map { HMACKey(secret: Array($0.utf8), hash: .sha1) } : []
    }
}
