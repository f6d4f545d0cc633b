/// Header names that nearly every request carries, so that they cost no allocation.
enum HeaderNames {
    private static let known: [[(bytes: [UInt8], text: String)]] = {
        let names = [
            "host", "accept", "cookie", "expect", "user-agent", "connection", "content-type", "authorization", "content-length",
            "accept-encoding", "accept-language", "x-forwarded-for", "x-hub-signature", "x-hub-signature-256", "content-encoding",
            "transfer-encoding", "cache-control", "x-forwarded-proto",
        ]
        var table: [[(bytes: [UInt8], text: String)]] = Array(repeating: [], count: 24)
        for name in names { table[name.utf8.count].append((Array(name.utf8), name)) }
        return table
    }()

    /// `name` in lower case.
    static func lowerCase(_ name: UnsafeBufferPointer<UInt8>) -> String {
        if name.count < known.count {
            for (bytes, text) in known[name.count] where isEqual(name, bytes) { return text }
        }
        return String(decoding: name, as: UTF8.self).lowercased()
    }

    static func lowerCase(_ name: String) -> String {
        var name = name
        return name.withUTF8 { lowerCase($0) }
    }

    private static func isEqual(_ name: UnsafeBufferPointer<UInt8>, _ bytes: [UInt8]) -> Bool {
        for place in bytes.indices {
            let byte = name[place]
            let lower = byte &- 0x41 < 26 ? byte | 0x20 : byte
            guard lower == bytes[place] else { return false }
        }
        return true
    }
}
