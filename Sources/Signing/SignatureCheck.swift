/// The verdict over one request, computed over its raw bytes while they arrive.
///
/// Every secret of every app is tried, always: the time taken tells neither which one matched nor how near a wrong signature came.
/// One per request, on one thread; not Sendable.
package final class SignatureCheck {
    private struct Candidate {
        let app: String
        let key: HMACKey
        let context: HMACKey.Context
    }

    /// Already known from the headers: answer 401 without waiting for the body.
    package let refusal: VerificationError?
    private let expected: [UInt8]
    private var candidates: [Candidate]
    private var bytesFed = 0

    /// `header256` and `header1` are all values of `X-Hub-Signature-256` and `X-Hub-Signature`.
    package init(apps: [AppSecrets], header256: [String], header1: [String]) {
        do throws(VerificationError) {
            let (hash, expected) = try Self.signature(
                header256: header256, header1: header1, allowSHA1: apps.contains { $0.allowSHA1 })
            self.refusal = nil
            self.expected = expected
            self.candidates = []
            for app in apps {
                for key in hash == .sha256 ? app.sha256 : app.sha1 {
                    candidates.append(Candidate(app: app.app, key: key, context: key.start()))
                }
            }
        } catch {
            self.refusal = error
            self.expected = []
            self.candidates = []
        }
    }

    deinit {
        for candidate in candidates { candidate.key.giveBack(candidate.context) }
    }

    /// The next bytes of the body, as received.
    package func update(_ bytes: UnsafeRawBufferPointer) {
        bytesFed += bytes.count
        for candidate in candidates { candidate.context.update(bytes) }
    }

    /// The verdict, once. `request.body` must be the bytes that were fed; a different count is a mismatch.
    package func finish(_ request: CapturedRequest) -> Result<Verified, VerificationError> {
        if let refusal { return .failure(refusal) }
        var app: String?
        for candidate in candidates {
            let isEqual = candidate.key.finish(candidate.context, equals: expected)
            if isEqual, app == nil { app = candidate.app }
        }
        candidates = []
        guard let app, bytesFed == request.body.count else { return .failure(.signatureMismatch) }
        return .success(Verified(app: app, request: request))
    }

    /// The one signature that counts, decoded.
    private static func signature(
        header256: [String], header1: [String], allowSHA1: Bool
    ) throws(VerificationError) -> (HMACKey.Hash, [UInt8]) {
        if !header256.isEmpty { return (.sha256, try value(of: header256, prefix: "sha256=", count: 32)) }
        guard !header1.isEmpty else { throw .signatureMissing }
        guard allowSHA1 else { throw .sha1NotAllowed }
        return (.sha1, try value(of: header1, prefix: "sha1=", count: 20))
    }

    private static func value(of headers: [String], prefix: String, count: Int) throws(VerificationError) -> [UInt8] {
        guard headers.count == 1 else { throw .signatureRepeated }
        var header = headers[0]
        let value = header.withUTF8 { text in
            text.starts(with: prefix.utf8) ? Hex.bytes(text.dropFirst(prefix.utf8.count)) : nil
        }
        guard let value, value.count == count else { throw .signatureMalformed }
        return value
    }
}

/// The verdict over a request that was kept, from its own headers; for `touchstone why` and `touchstone verify`.
package func verifyAgain(_ request: CapturedRequest, apps: [AppSecrets]) -> Result<Verified, VerificationError> {
    let check = SignatureCheck(
        apps: apps, header256: request.values(of: "x-hub-signature-256"), header1: request.values(of: "x-hub-signature"))
    request.body.withUnsafeBytes { check.update($0) }
    return check.finish(request)
}
