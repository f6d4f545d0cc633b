/// Meta's `appsecret_proof`: shows that whoever uses a token also holds the app's secret.
package enum AppSecretProof {
    /// HMAC-SHA-256 of the token under the secret, lower-case hex.
    package static func hex(token: String, secret: String) -> String {
        HMACSHA256.hex(key: Array(secret.utf8), Array(token.utf8))
    }

    /// The variant that goes with `appsecret_time` (seconds since 1970) and that Meta lets expire: `token|time` instead of the token.
    package static func hex(token: String, secret: String, timeSeconds: Int64) -> String {
        hex(token: "\(token)|\(timeSeconds)", secret: secret)
    }
}
