import Core

/// Meta's `signed_request`: how the callbacks for taken-back permissions and data deletion prove that they are Meta's.
///
/// `{signature}.{payload}`, both base64url; the signature is HMAC-SHA-256 over the payload's text as received.
/// <https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback>
package enum SignedRequest {
    /// Every secret of every app is tried, always. `text` is the value of the form's field, decoded once.
    package static func verify(_ text: String, apps: [AppSecrets]) -> Result<VerifiedCallback, SignedRequestRefusal> {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return .failure(.malformed) }
        guard let signature = Base64.bytes(parts[0]), let payload = Base64.bytes(parts[1]) else { return .failure(.malformed) }
        guard signature.count == 32, let app = app(of: Array(parts[1].utf8), signature, apps) else {
            return .failure(.signatureMismatch)
        }
        return callback(of: payload, app: app)
    }

    private static func app(of payload: [UInt8], _ signature: [UInt8], _ apps: [AppSecrets]) -> String? {
        var found: String?
        for app in apps {
            for key in app.sha256 {
                let context = key.start()
                payload.withUnsafeBytes { context.update($0) }
                let isEqual = key.finish(context, equals: signature)
                if isEqual, found == nil { found = app.app }
            }
        }
        return found
    }

    private static func callback(of bytes: [UInt8], app: String) -> Result<VerifiedCallback, SignedRequestRefusal> {
        guard let payload = try? JSON.parse(bytes), case .object = payload else { return .failure(.payloadUnreadable) }
        guard payload["algorithm"]?.text?.uppercased() == "HMAC-SHA256" else { return .failure(.algorithmUnknown) }
        guard let user = user(payload["user_id"]) else { return .failure(.userMissing) }
        return .success(
            VerifiedCallback(
                app: app, userID: user, issuedAtSeconds: payload["issued_at"]?.integer,
                expiresSeconds: payload["expires"]?.integer, payload: payload))
    }

    /// Text or number; the dashboard's test sends `0`.
    private static func user(_ value: JSON?) -> String? {
        guard let value else { return nil }
        return value.id ?? (value.integer == 0 ? "0" : nil)
    }
}

/// Why a `signed_request` was not believed.
package enum SignedRequestRefusal: String, Error, Sendable, CaseIterable {
    /// Not two parts of base64.
    case malformed
    case signatureMismatch = "signature_mismatch"
    case payloadUnreadable = "payload_unreadable"
    /// Another than HMAC-SHA256.
    case algorithmUnknown = "algorithm_unknown"
    case userMissing = "user_missing"
}
