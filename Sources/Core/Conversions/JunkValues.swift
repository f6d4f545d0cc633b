/// Values that stand for nobody: what programs write for "nothing", and what people write to get past a form.
///
/// Judged after normalisation, and key by key: `na` is Namibia as a country and a family's name in Korea, but nothing as a
/// postcode.
enum JunkValues {
    enum Verdict {
        /// May be somebody.
        case fine
        /// Stands for nobody.
        case junk
        /// Seldom a name or a place, yet there are people called Guest, None, Null and Test, and a province called Nan.
        case seldomName
    }

    /// Of a raw value with what became of it.
    static func verdict(_ key: PersonalKey, raw: String, normalized: String) -> Verdict {
        guard normalized.utf8.count <= wordBytesMax || raw.utf8.count <= wordBytesMax else { return .fine }
        // Most values are told from every word by their length and first letter.
        guard mayBeWord(normalized) || mayBeWord(raw) else { return .fine }
        // "N/A" normalises to "na".
        let written = raw.trimmedBlanks.lowercased()
        if written == "n/a" || written == "#n/a" { return .junk }
        return verdict(key, word: words.contains(written) ? written : normalized)
    }

    /// Of a hash that its sender made.
    static func verdict(_ key: PersonalKey, hex: String) -> Verdict {
        guard let word = hashes[hex] else { return .fine }
        return word == "n/a" || word.isEmpty ? .junk : verdict(key, word: word)
    }

    private static func verdict(_ key: PersonalKey, word: String) -> Verdict {
        guard words.contains(word) else { return .fine }
        switch key {
        case .fn, .ln, .f5first, .f5last: return word == "na" ? .fine : names.contains(word) ? .seldomName : .junk
        case .ct, .st: return word == "na" ? .fine : word == "nan" ? .seldomName : .junk
        case .country: return word == "na" ? .fine : .junk
        // Numbers may well be somebody's id; 0 is the id of everybody who is not signed in.
        case .externalID, .appUserID: return word != "0" && word.utf8.allSatisfy(\.isDigit) ? .fine : .junk
        case .em, .ph, .db, .ge, .zp, .fi, .dobd, .dobm, .doby, .madid, .anonID: return .junk
        }
    }

    private static let names: Set<String> = ["guest", "none", "null", "test", "true", "nan"]

    private static let wordBytesMax = 20

    private static let words: Set<String> = Set(hashes.values)

    /// By first byte and length of what may stand for nobody.
    private static let shapes: [Bool] = {
        var shapes = [Bool](repeating: false, count: 256 * (wordBytesMax + 1))
        for word in words.union(["#n/a"]) {
            guard let first = word.utf8.first, word.utf8.count <= wordBytesMax else { continue }
            shapes[Int(first) * (wordBytesMax + 1) + word.utf8.count] = true
        }
        return shapes
    }()

    /// False only where `text`, trimmed and in lower case, is no word. `text` may have blanks at its ends, and capitals.
    private static func mayBeWord(_ text: String) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last else { return true }
        // blanks and letters of other alphabets, some of which are ASCII in lower case
        guard (0x21..<0x7F).contains(first), (0x21..<0x7F).contains(last), text.utf8.allSatisfy({ $0 < 0x80 }) else {
            return true
        }
        guard text.utf8.count <= wordBytesMax else { return false }
        let lower = (0x41...0x5A).contains(first) ? first | 0x20 : first
        return shapes[Int(lower) * (wordBytesMax + 1) + text.utf8.count]
    }

    /// What SHA-256 makes of them, lower-case and as programs write them. Companion to the published vectors; the tests compute
    /// them anew.
    private static let hashes: [String: String] = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855": "",
        "74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b": "null",
        "fb329000228cc5a24c264c57139de8bf854fc86fc18bf1c04ab61a2b5cb4b921": "null",
        "fa1d2db62d4d952e2031452e1bc1ddcad0b192c2e29a706f11ce426ae5acddea": "null",
        "eb045d78d273107348b0300c01d29b7552d622abbc6faf81b3ec55359aa9950c": "undefined",
        "140bedbf9c3f6d56a9846d2ba7088798683f4da0c248231336e6a05679e4fdfe": "none",
        "dc937b59892604f5a86ac96936cd7ff09e25f18ae6b758e8014a24c7fa039e91": "none",
        "a683c5c5349f6f7fb903ba8a9e7e55d0ba1b8f03579f95be83f4954c33e81098": "n/a",
        "3d9fc4bde7ceef058d65b00186e79c1f14b42687b491644c303065135b644e18": "na",
        "9b2d5b4678781e53038e91ea5324530a03f27dc1d0e5f6c9bc9d493a23be9de0": "nan",
        "d5b592c05dc25b5032553f1b27f4139be95e881f73db33b02b05ab20c3f9981e": "nan",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08": "test",
        "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9": "0",
        "fcbcf165908dd18a9e49f7ff27810176db8e9f63b4352213741664245224f8aa": "false",
        "b5bea41b6c623f7c09f1bf24dcae58ebab3c0cdd90ad966bc43a45b44867e12b": "true",
        "b23a6a8439c0dde5515893e7c90c1e3233b8616e634470f20dc4928bcf3609bc": "unknown",
        "2f183a4e64493af3f377f745eda502363cd3e7ef6e4d266d444758de0a85fcc8": "anonymous",
        "84983c60f7daadc1cb8698621f802c0d9f9a3c3c295c810748fb048115c186ec": "guest",
        "f660ab912ec121d1b1e928a0bb4bc61b15f5ad44d5efdc4e1c92a25e99b8e44a": "test@test.com",
        "973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b": "test@example.com",
        "c7b1fcbb527386155f812d678963695307dd2d7b961c7e4a9d6888928b168661": "noemail@example.com",
        "53dbc72aca15b087d623bfba1ccaba0ad1b26864dd356acf7c1d8e54781d5157": "no-reply@example.com",
        "84d9c4b849506b6d8f8075a9000e7e0a254be71060ea889fad3c88395988f4fc": "0000000000",
        "c775e7b757ede630cd0aa1113bd102661ab38829ca52a6422ab782862f268646": "1234567890",
        "ee79976c9380d5e337fc1c095ece8c8f22f91f306ceeb161fa51fecede2c4ba1": "11111111",
        "b28c94b2195c8ed259f0b415aaee3f39b0b2920a4537611499fa044956917a21": "[object object]",
        "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a": "{}",
        "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945": "[]",
    ]
}
