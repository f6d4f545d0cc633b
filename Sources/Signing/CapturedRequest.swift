/// A request as it came in, in as much as is kept: enough to verify it again and to send it on unchanged.
package struct CapturedRequest: Sendable, Equatable {
    package let method: String
    /// Path and query, as sent.
    package let target: String
    /// `content-type`, `x-hub-signature`, `x-hub-signature-256` and `user-agent`, lower-case; all others are dropped.
    package let headers: [Header]
    package let body: [UInt8]

    package struct Header: Sendable, Equatable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    private static let version: UInt8 = 1

    package init(method: String, target: String, headers: [(name: String, value: String)], body: [UInt8]) {
        self.method = method
        self.target = target
        var kept: [Header] = []
        for (name, value) in headers {
            let name = name.utf8.contains { $0 &- 0x41 < 26 } ? name.lowercased() : name
            if Self.isKept(name) { kept.append(Header(name, value)) }
        }
        self.headers = kept
        self.body = body
    }

    private static func isKept(_ name: String) -> Bool {
        switch name {
        case "content-type", "x-hub-signature", "x-hub-signature-256", "user-agent": true
        default: false
        }
    }

    package func values(of name: String) -> [String] {
        headers.compactMap { $0.name == name ? $0.value : nil }
    }

    /// A version, then each text with its length before it, the body last.
    package func encode() -> [UInt8] {
        var bytes: [UInt8] = [Self.version]
        bytes.reserveCapacity(body.count + 320)
        Self.put(method, into: &bytes)
        Self.put(target, into: &bytes)
        Self.put(count: headers.count, into: &bytes)
        for header in headers {
            Self.put(header.name, into: &bytes)
            Self.put(header.value, into: &bytes)
        }
        bytes.append(contentsOf: body)
        return bytes
    }

    /// What `encode` wrote; nil for anything else.
    package static func decode(_ bytes: [UInt8]) -> CapturedRequest? {
        var rest = bytes[...]
        guard rest.popFirst() == version, let method = text(&rest), let target = text(&rest), let count = count(&rest) else {
            return nil
        }
        var headers: [(name: String, value: String)] = []
        for _ in 0..<count {
            guard let name = text(&rest), let value = text(&rest) else { return nil }
            headers.append((name, value))
        }
        return CapturedRequest(method: method, target: target, headers: headers, body: Array(rest))
    }

    private static func put(count: Int, into bytes: inout [UInt8]) {
        var rest = UInt64(count)
        while rest > 127 {
            bytes.append(UInt8(rest & 127) | 128)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private static func put(_ text: String, into bytes: inout [UInt8]) {
        put(count: text.utf8.count, into: &bytes)
        bytes.append(contentsOf: text.utf8)
    }

    private static func count(_ rest: inout ArraySlice<UInt8>) -> Int? {
        var value = 0
        for shift in stride(from: 0, to: 35, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            value |= Int(byte & 127) << shift
            if byte < 128 { return value }
        }
        return nil
    }

    private static func text(_ rest: inout ArraySlice<UInt8>) -> String? {
        guard let count = count(&rest), count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return String(decoding: rest.prefix(count), as: UTF8.self)
    }
}
