import COpenSSL

/// Whether conversions come from a source that we know, with its proof, for one of its datasets.
package enum SourceCheck {
    /// How far the time of a timed proof may lie from ours, in seconds.
    package static let proofAgeMaxSeconds: Int64 = 300

    /// Every token of every source is compared, and every secret of the one that matched, always: the time taken does not tell which one
    /// came near.
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
        if isProofAsked, !source.secrets.isEmpty {
            let refusal = refusal(
                of: proof, for: token, secrets: source.secrets, timeSeconds: timeSeconds, nowSeconds: nowSeconds)
            if let refusal { return .failure(refusal) }
        }
        guard source.datasets.contains(dataset) else { return .failure(.datasetForeign) }
        return .success(VerifiedSource(name: source.name, dataset: dataset))
    }

    private static func isEqual(_ a: Digest, _ b: Digest) -> Bool { CRYPTO_memcmp(a.bytes, b.bytes, a.bytes.count) == 0 }

    /// A proof is judged before its age: who can't make one does not learn how old it may be.
    private static func refusal(
        of proof: String?, for token: String, secrets: [String], timeSeconds: String?, nowSeconds: Int64
    ) -> SourceRefusal? {
        guard let proof, !proof.isEmpty else { return .proofMissing }
        let time = timeSeconds.flatMap { Int64($0) }
        guard timeSeconds == nil || time != nil else { return .proofWrong }
        var isProven = false
        for secret in secrets where constantTimeEqual(proof, expected(token, secret, time)) { isProven = true }
        guard isProven else { return .proofWrong }
        guard let time else { return nil }
        let (age, overflow) = nowSeconds.subtractingReportingOverflow(time)
        return !overflow && age.magnitude <= proofAgeMaxSeconds.magnitude ? nil : .proofExpired
    }

    private static func expected(_ token: String, _ secret: String, _ time: Int64?) -> String {
        guard let time else { return AppSecretProof.hex(token: token, secret: secret) }
        return AppSecretProof.hex(token: token, secret: secret, timeSeconds: time)
    }
}
