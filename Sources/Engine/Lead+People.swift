import Core
import Signing

extension Lead {
    /// Who answered, as erasure names people: digests of the e-mail addresses and phone numbers among the answers.
    var people: [String] {
        var found: Set<String> = []
        for field in fields {
            for value in field.values {
                if value.contains("@"), let digest = Self.digest(.em, value) { found.insert("em:\(digest)") }
                if field.isPhone, let digest = Self.digest(.ph, value) { found.insert("ph:\(digest)") }
            }
        }
        return found.sorted()
    }

    private static func digest(_ key: PersonalKey, _ raw: String) -> String? {
        switch Normalizer.normalized(key, raw, year: 0) {
        case .value(let text): SHA256.hex(Array(text.utf8))
        case .alreadyHashed(let digest): digest
        case .plain, .dropped: nil
        }
    }
}
