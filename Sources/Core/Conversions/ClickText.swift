/// Meta's cookies in `fbc` and `fbp`: `fb.{subdomain}.{ms}.{id}`, perhaps with an appendix.
struct ClickText {
    /// As it goes out.
    let text: String
    /// The click id (`fbclid`) of an `fbc`, the random number of an `fbp`; case-sensitive.
    let id: String
    /// Another one was inside and was taken.
    let isUnwrapped: Bool

    /// What the last part is.
    enum Kind { case click, browser }

    /// Nil when it is malformed, in seconds, or made after `latestMs`. `text` is trimmed.
    init?(_ text: String, _ kind: Kind, latestMs: Int64) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        if parts.count > 5, parts[3] == "fb" {
            guard let inner = ClickText(parts[3...].joined(separator: "."), kind, latestMs: latestMs), !inner.isUnwrapped else {
                return nil
            }
            self.init(text: inner.text, id: inner.id, isUnwrapped: true)
            return
        }
        guard parts.count == 4 || parts.count == 5, parts[0] == "fb" else { return nil }
        guard (1...2).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy(\.isDigit) else { return nil }
        guard parts[2].utf8.count == 13, let madeMs = Int64(parts[2]), madeMs > 0, madeMs <= latestMs else { return nil }
        guard !parts[3].isEmpty, parts[3].utf8.allSatisfy({ kind == .click ? $0.isBase64URL : $0.isDigit }) else { return nil }
        guard parts.count == 4 || Appendix.isAppendix(parts[4].utf8) else { return nil }
        self.init(text: text, id: String(parts[3]), isUnwrapped: false)
    }

    private init(text: String, id: String, isUnwrapped: Bool) {
        self.text = text
        self.id = id
        self.isUnwrapped = isUnwrapped
    }
}
