import COpenSSL

/// Whether conversions come from a source that we know, with its proof, for one of its datasets.
package enum SourceCheck {
    /// How far the time of a timed proof may lie from ours, in seconds.
    package static let proofAgeMaxSeconds: Int64 = 300

    /// Every token of every source is compared, always: the time taken does not tell which one came near.
    ///
    /// `timeSeconds` is `appsecret_time` as sent; with it the proof covers `token|time`. `isProofAsked` is false only where the sender's
    /// protocol has no proof.
    package static func verify(
        token: String?, proof: String?, timeSeconds: String?, dataset: String, sources: [SourceSecrets], nowSeconds: Int64,
        isProofAsked: Bool = true
    ) -> Result<VerifiedSource, SourceRefusal> {
        guard let token, !token.isEmpty else { return .failure(.tokenMissing) }
        let digest = SHA256.digest(token.utf8)
        var matches: [SourceSecrets] = []
        for source in sources {
            var isMatch = false
            for candidate in source.tokens where isEqual(candidate, digest) { isMatch = true }
            if isMatch { matches.append(source) }
        }
        guard let source = matches.first(where: { $0.datasets.contains(dataset) }) ?? matches.first else {
            return .failure(.tokenUnknown)
        }
        if isProofAsked, let secret = source.secret {
            let refusal = refusal(of: proof, for: token, secret: secret, timeSeconds: timeSeconds, nowSeconds: nowSeconds)
            if let refusal { return .failure(refusal) }
        }
        guard source.datasets.contains(dataset) else { return .failure(.datasetForeign) }
        return .success(VerifiedSource(name: source.name, dataset: dataset))
    }

    private static func isEqual(_ a: Digest, _ b: Digest) -> Bool { CRYPTO_memcmp(a.bytes, b.bytes, a.bytes.count) == 0 }

    /// A proof is judged before its age: who can't make one does not learn how old it may be.
    private static func refusal(
        of proof: String?, for token: String, secret: String, timeSeconds: String?, nowSeconds: Int64
    ) -> SourceRefusal? {
        guard let proof, !proof.isEmpty else { return .proofMissing }
        guard let timeSeconds else {
            return constantTimeEqual(proof, AppSecretProof.hex(token: token, secret: secret)) ? nil : .proofWrong
        }
        guard let time = Int64(timeSeconds) else { return .proofWrong }
        let expected = AppSecretProof.hex(token: token, secret: secret, timeSeconds: time)
        guard constantTimeEqual(proof, expected) else { return .proofWrong }
        let (age, overflow) = nowSeconds.subtractingReportingOverflow(time)
        return !overflow && age.magnitude <= proofAgeMaxSeconds.magnitude ? nil : .proofExpired
    }
}
