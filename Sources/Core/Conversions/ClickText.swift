/// Meta's cookies in `fbc` and `fbp`: `fb.{subdomain}.{ms}.{id}`, perhaps with an appendix.
struct ClickText {
    /// As it goes out.
    let text: String
    /// The click id (`fbclid`) of an `fbc`, the random number of an `fbp`; case-sensitive.
    let id: String
    /// When the browser was first seen with it, in ms since 1970.
    let madeMs: Int64
    /// Another one was inside and was taken.
    let isUnwrapped: Bool

    /// What the last part is.
    enum Kind { case click, browser }

    /// Nil when it is malformed, in seconds, or made after `latestMs`. `text` is trimmed.
    init?(_ text: String, _ kind: Kind, latestMs: Int64) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        if parts.count > 5, parts[3].elementsEqual("fb".utf8) {
            let wrapped = text.utf8[parts[3].startIndex...]
            guard let inner = ClickText(String(Substring(wrapped)), kind, latestMs: latestMs), !inner.isUnwrapped else {
                return nil
            }
            self.init(text: inner.text, id: inner.id, madeMs: inner.madeMs, isUnwrapped: true)
            return
        }
        guard parts.count == 4 || parts.count == 5, parts[0].elementsEqual("fb".utf8) else { return nil }
        guard (1...2).contains(parts[1].count), parts[1].allSatisfy(\.isDigit) else { return nil }
        guard parts[2].count == 13, parts[2].allSatisfy(\.isDigit), let madeMs = Int64(Substring(parts[2])), madeMs > 0 else {
            return nil
        }
        guard madeMs <= latestMs else { return nil }
        guard !parts[3].isEmpty, parts[3].allSatisfy({ kind == .click ? $0.isBase64URL : $0.isDigit }) else { return nil }
        guard parts.count == 4 || Appendix.isAppendix(parts[4]) else { return nil }
        self.init(text: text, id: String(Substring(parts[3])), madeMs: madeMs, isUnwrapped: false)
    }

    /// The click of a page's URL, first seen at `madeMs`, as a server that sets no cookie writes it.
    init(clickID: String, madeMs: Int64) {
        self.init(text: "fb.1.\(madeMs).\(clickID)", id: clickID, madeMs: madeMs, isUnwrapped: false)
    }

    private init(text: String, id: String, madeMs: Int64, isUnwrapped: Bool) {
        self.text = text
        self.id = id
        self.madeMs = madeMs
        self.isUnwrapped = isUnwrapped
    }

    /// What is left of a cookie's text without what only surrounds it: the cookie's name and attributes, quotes, a `;` at the
    /// end, and percent encoding, which no part of it needs.
    static func freed(_ text: String) -> String {
        var bytes = text.utf8[...]
        // As the value of a query it is decoded once and ends at a `&`.
        let decoded = bytes.contains(UInt8(ascii: "%")) ? QueryText.pairs("=\(text)").first?.value : nil
        if let decoded { bytes = decoded.utf8[...] }
        if let equals = bytes.firstIndex(of: UInt8(ascii: "=")),
            cookies.contains(String(decoding: bytes[..<equals], as: UTF8.self))
        {
            bytes = bytes[bytes.index(after: equals)...]
        }
        let quotes = [UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: " ")]
        bytes = bytes.drop { quotes.contains($0) }
        if let end = attributes(of: bytes) { bytes = bytes[..<end] }
        while let last = bytes.last, quotes.contains(last) || last == UInt8(ascii: ";") || last == UInt8(ascii: ",") {
            bytes = bytes.dropLast()
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let cookies: Set<String> = ["_fbc", "_fbp", "fbc", "fbp"]

    /// Where `; path=/` begins.
    private static func attributes(of bytes: String.UTF8View.SubSequence) -> String.UTF8View.Index? {
        guard let end = bytes.firstIndex(of: UInt8(ascii: ";")) else { return nil }
        return bytes[end...].dropFirst().first == UInt8(ascii: " ") ? end : nil
    }
}
