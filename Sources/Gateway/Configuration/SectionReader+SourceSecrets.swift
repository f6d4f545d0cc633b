import Core
import Signing

/// `token` or `tokens`, `secret` or `secrets` of a source: one, or several while they are rotated, the newest first.
extension SectionReader {
    /// What a source proves itself with.
    struct SourceCredentials {
        let tokens: [Secret]
        let secrets: [Secret]
    }

    /// `tokens` is the path of the source that has each token so far. Nil when a token is missing or faulty.
    func sourceCredentials(_ item: Cursor, _ section: Members, tokens: inout [String: String]) -> SourceCredentials? {
        let own = oneOrList(section, "token") { place in
            guard let token = place.secret("the source's token") else { return nil }
            guard token.reveal().utf8.count >= 16 else {
                place.fault("the source's token is shorter than 16 characters.")
                return nil
            }
            return token
        }
        for (token, place) in own ?? [] {
            guard let other = tokens.updateValue(item.path, forKey: token.reveal()), other != item.path else { continue }
            place.fault("the same token is that of \(other): a token says who is sending.")
        }
        if own?.isEmpty == true { item.fault("token is missing.") }
        let secrets = oneOrList(section, "secret") { $0.secret("the secret that the source makes its proofs with") }
        if secrets?.isEmpty == true {
            item.warn("without a secret the source need not prove its requests: whoever learns its token can send.")
        }
        if section["kind"]?.rawText == SourceKind.crm.rawValue {
            for (secret, place) in secrets ?? [] where StandardWebhooks.key(of: secret.reveal()) == nil {
                place.fault("a secret that begins with whsec_ must go on in base64.")
            }
        }
        guard let own, !own.isEmpty, let secrets else { return nil }
        return SourceCredentials(tokens: own.map(\.value), secrets: secrets.map(\.value))
    }

    /// The value of `key`, or the list of its plural; empty when neither is there, nil when something is faulty.
    private func oneOrList(
        _ section: Members, _ key: String, _ read: (Cursor) -> Secret?
    ) -> [(value: Secret, place: Cursor)]? {
        guard let list = section["\(key)s"] else {
            guard let place = section[key] else { return [] }
            return read(place).map { [($0, place)] }
        }
        if section[key] != nil {
            list.fault("\(key) is there too: expected \(key) for one, or \(key)s for several while they are rotated.")
            return nil
        }
        guard let items = list.items(of: "\(key)s") else { return nil }
        guard (1...Limits.sourceSecretsMax).contains(items.count) else {
            let found = items.isEmpty ? "an empty list" : "\(items.count) \(key)s"
            list.refuse(found, expected: "1 to \(Limits.sourceSecretsMax), the newest first")
            return nil
        }
        var seen: [Secret: String] = [:]
        let values = items.map { place -> (value: Secret, place: Cursor)? in
            guard let value = read(place) else { return nil }
            if let first = seen.updateValue(place.path, forKey: value) { place.fault("the same \(key) is already at \(first).") }
            return (value, place)
        }
        return values.contains { $0 == nil } ? nil : values.compactMap(\.self)
    }
}
