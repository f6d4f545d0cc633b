extension StandardWebhooks {
    /// How far the time of a webhook may lie from ours, in seconds: so old a copy of one is refused.
    package static let ageMaxSeconds: Int64 = 300
    /// Signatures of one webhook that are looked at: one for each of the sender's secrets.
    private static let signaturesMax = 8

    /// The headers of a webhook that was received, each with all its values.
    package struct Headers: Sendable {
        let id: [String]
        let timestamp: [String]
        let signature: [String]

        package init(id: [String], timestamp: [String], signature: [String]) {
            self.id = id
            self.timestamp = timestamp
            self.signature = signature
        }
    }

    /// Whether a webhook comes from a source: by any of its secrets and any of the signatures `v1,…` of the header.
    ///
    /// The signature is judged before the time: who can't sign does not learn how old a webhook may be.
    package static func verify(
        _ headers: Headers, body: [UInt8], source: SourceSecrets?, dataset: String?, nowSeconds: Int64
    ) -> Result<VerifiedSource, VerificationError> {
        guard let id = headers.id.first, let time = headers.timestamp.first, let text = headers.signature.first else {
            return .failure(.signatureMissing)
        }
        guard headers.id.count == 1, headers.timestamp.count == 1, headers.signature.count == 1 else {
            return .failure(.signatureRepeated)
        }
        let signatures = text.split(separator: " ").prefix(signaturesMax).compactMap { part -> [UInt8]? in
            part.hasPrefix("v1,") ? Base64.bytes(part.dropFirst(3)) : nil
        }
        guard let seconds = Int64(time), !signatures.isEmpty else { return .failure(.signatureMalformed) }
        let content = Array("\(id).\(time).".utf8) + body
        guard let source, let dataset, source.datasets.contains(dataset),
            source.isSigner(of: content, by: signatures, key: { key(of: $0) })
        else {
            return .failure(.signatureMismatch)
        }
        let (age, overflow) = nowSeconds.subtractingReportingOverflow(seconds)
        guard !overflow, age.magnitude <= ageMaxSeconds.magnitude else { return .failure(.signatureExpired) }
        return .success(VerifiedSource(name: source.name, dataset: dataset))
    }
}
