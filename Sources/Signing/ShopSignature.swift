import COpenSSL

/// How Shopify and WooCommerce sign their webhooks: base64 of HMAC-SHA-256 over the bytes of the body.
///
/// <https://shopify.dev/docs/apps/build/webhooks/subscribe/https#step-2-validate-the-origin-of-your-webhook>,
/// <https://woocommerce.github.io/woocommerce-rest-api-docs/#webhooks>.
package enum ShopSignature {
    /// Every secret of the source is tried, always: after a rotation Shopify signs with the old one for up to an hour.
    ///
    /// `values` are those of the one header that counts. A source that nobody knows is refused like a wrong signature.
    package static func verify(
        _ values: [String], body: [UInt8], source: SourceSecrets?, dataset: String?
    ) -> Result<VerifiedSource, VerificationError> {
        guard let text = values.first, !text.isEmpty else { return .failure(.signatureMissing) }
        guard values.count == 1 else { return .failure(.signatureRepeated) }
        guard let signature = Base64.bytes(text), signature.count == 32 else { return .failure(.signatureMalformed) }
        guard let source, let dataset, source.datasets.contains(dataset), source.isSigner(of: body, by: [signature]) else {
            return .failure(.signatureMismatch)
        }
        return .success(VerifiedSource(name: source.name, dataset: dataset))
    }
}

extension SourceSecrets {
    /// Whether one of the signatures is HMAC-SHA-256 of `content` under one of the secrets. All are compared, in constant time.
    ///
    /// `key` makes of a secret the key that it stands for; nil: it stands for none.
    func isSigner(
        of content: [UInt8], by signatures: [[UInt8]], key: (String) -> [UInt8]? = { Array($0.utf8) }
    ) -> Bool {
        var isFound = false
        for secret in secrets {
            guard let key = key(secret) else { continue }
            let expected = HMACSHA256.bytes(key: key, content)
            for signature in signatures where signature.count == expected.count {
                if CRYPTO_memcmp(signature, expected, expected.count) == 0 { isFound = true }
            }
        }
        return isFound
    }
}
