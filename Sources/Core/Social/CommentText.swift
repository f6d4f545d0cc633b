/// A comment's text as conditions see it: words without regard to case, and whether it holds a link.
struct CommentText {
    private let text: String
    private let words: [Substring]

    init(_ text: String) {
        self.text = text.visible.lowercased()
        words = Self.words(of: self.text)
    }

    /// Whether the word, or the words in this order, stand in the text as whole words. What has no letters (`$$$`) is looked
    /// for as it is.
    func holds(_ phrase: String) -> Bool {
        let phrase = phrase.visible.lowercased()
        let wanted = Self.words(of: phrase)
        guard let first = wanted.first else { return !phrase.isEmpty && text.contains(phrase) }
        return words.indices.contains { start in
            words[start] == first && words[start...].starts(with: wanted)
        }
    }

    /// A scheme, `www.`, a name with a path (`bit.ly/x`), or a name under one of the usual endings (`example.com`).
    var hasLink: Bool {
        text.split(whereSeparator: \.isWhitespace).contains { piece in
            if piece.contains("://") { return true }
            let name = piece.drop { !$0.isWordPart }
            if name.hasPrefix("www.") { return true }
            let parts = name.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            guard let host = parts.first, let ending = Self.ending(of: host) else { return false }
            return parts.count == 2 || Self.endings.contains(ending)
        }
    }

    /// Runs of letters and digits.
    private static func words(of text: String) -> [Substring] { text.split { !$0.isWordPart } }

    /// The last label of a name of two labels or more; nil when it is no name.
    private static func ending(of host: Substring) -> String? {
        let labels = host.split(separator: ".", omittingEmptySubsequences: false).map { $0.filter(\.isWordPart) }
        guard labels.count > 1, let last = labels.last(where: { !$0.isEmpty }) else { return nil }
        guard labels.first?.isEmpty == false, last.count > 1, last.allSatisfy(\.isLetter) else { return nil }
        return String(last)
    }

    /// What advertisers' comments are spammed with; any other ending counts with a scheme, `www.` or a path.
    private static let endings: Set<String> = [
        "com", "net", "org", "info", "biz", "io", "co", "me", "ly", "gl", "gg", "tv", "link", "shop", "store", "online", "site",
        "website", "xyz", "top", "club", "vip", "live", "fun", "click", "icu", "app", "dev", "ru", "cn", "pl", "de", "uk", "eu",
        "fr", "it", "es", "nl", "be", "at", "ch", "cz", "ua", "us", "ca", "au", "in", "br", "tk", "cc", "ws",
    ]
}

extension Character {
    fileprivate var isWordPart: Bool { isLetter || isNumber }
}

extension String {
    /// Without what can't be seen (zero-width characters), which would tear a word apart.
    fileprivate var visible: String {
        String(String.UnicodeScalarView(unicodeScalars.filter { $0.properties.generalCategory != .format }))
    }

    /// Without the white space around it.
    package var trimmed: Substring {
        let start = drop(while: \.isWhitespace)
        guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return start[...end]
    }
}
