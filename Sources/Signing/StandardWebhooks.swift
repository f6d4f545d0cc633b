import COpenSSL

/// Signatures of what we send, as <https://www.standardwebhooks.com> defines them: `webhook-id`, `webhook-timestamp`, `webhook-signature`.
package enum StandardWebhooks {
    /// `v1,` and the base64 of HMAC-SHA-256 over `id.timestamp.body`.
    ///
    /// A secret `whsec_…` is base64 of the key; any other secret is the key itself, in UTF-8.
    package static func signature(id: String, timestampSeconds: Int64, body: [UInt8], secret: String) -> String {
        let content = Array("\(id).\(timestampSeconds).".utf8) + body
        return "v1," + base64(HMACSHA256.bytes(key: key(of: secret) ?? Array(secret.utf8), content))
    }

    /// The key that a secret stands for; nil for a `whsec_` secret whose rest is not base64, padded or not, which `touchstone check` refuses.
    package static func key(of secret: String) -> [UInt8]? {
        guard secret.hasPrefix("whsec_") else { return Array(secret.utf8) }
        return Base64.bytes(secret.dropFirst("whsec_".count))
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        var text = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
        let count = EVP_EncodeBlock(&text, bytes, Int32(bytes.count))
        return String(decoding: text.prefix(Int(count)), as: UTF8.self)
    }
}
