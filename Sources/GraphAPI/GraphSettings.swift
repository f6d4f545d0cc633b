import Core
import NIOSSL

/// Where the Graph API is and how long it may take.
package struct GraphSettings: Sendable {
    /// `https://graph.facebook.com`, without a slash at the end.
    package let baseURL: String
    /// `v26.0`.
    package let version: String
    package let timeoutMs: Int64
    /// Connections open at once; more calls wait their turn inside their own time.
    package let connectionsMax: Int
    /// The name that a certificate must have; nil for plain http and for an address.
    let certificateName: String?
    /// Roots that are trusted instead of the system's; empty: the system's.
    let roots: [NIOSSLCertificate]

    /// Throws when the base URL is not https (plain http is for loopback only), has a path or credentials, or when the roots
    /// can't be read.
    package init(
        baseURL: String, version: String = "v26.0", rootsFile: String? = nil, timeoutMs: Int64 = Limits.outgoingCallMs,
        connectionsMax: Int = Limits.graphConnectionsMax
    ) throws(GraphSettingsFault) {
        self.baseURL = try Self.checked(baseURL)
        self.certificateName = Self.name(in: self.baseURL)
        guard Self.isVersion(version) else {
            throw GraphSettingsFault("\"\(version)\" is no Graph API version; expected one like v26.0.")
        }
        self.version = version
        self.timeoutMs = timeoutMs
        self.connectionsMax = max(1, connectionsMax)
        guard let rootsFile else {
            self.roots = []
            return
        }
        guard let roots = try? NIOSSLCertificate.fromPEMFile(rootsFile), !roots.isEmpty else {
            throw GraphSettingsFault("No certificate could be read from \(rootsFile).")
        }
        self.roots = roots
    }

    private static func checked(_ text: String) throws(GraphSettingsFault) -> String {
        let url = text.hasSuffix("/") ? String(text.dropLast()) : text
        let secure = url.hasPrefix("https://")
        guard secure || url.hasPrefix("http://") else { throw GraphSettingsFault("The base URL must begin with https://.") }
        let authority = url.dropFirst(secure ? 8 : 7)
        guard !authority.isEmpty, authority.utf8.allSatisfy(isAuthorityByte) else {
            throw GraphSettingsFault("The base URL must be a scheme and a host, with nothing after it.")
        }
        guard secure || isLoopback(authority) else {
            throw GraphSettingsFault("The base URL may be plain http on a loopback address only.")
        }
        return url
    }

    private static func name(in url: String) -> String? {
        guard url.hasPrefix("https://") else { return nil }
        let host = url.dropFirst(8).prefix { $0 != ":" }.lowercased()
        let isAddress = host.hasPrefix("[") || host.utf8.allSatisfy { $0 == UInt8(ascii: ".") || (48...57).contains($0) }
        return isAddress ? nil : host
    }

    private static func isAuthorityByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"): true
        case _: false
        }
    }

    private static func isLoopback(_ authority: Substring) -> Bool {
        if authority.hasPrefix("[") { return authority == "[::1]" || authority.hasPrefix("[::1]:") }
        let host = authority.prefix { $0 != ":" }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return host == "localhost" || (parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil })
    }

    private static func isVersion(_ text: String) -> Bool {
        guard text.hasPrefix("v") else { return false }
        let parts = text.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 2
            && parts.allSatisfy { !$0.isEmpty && $0.count < 4 && $0.utf8.allSatisfy { (48...57).contains($0) } }
    }
}

/// What is wrong with the settings of the Graph API.
package struct GraphSettingsFault: Error, Equatable {
    package let sentence: String

    init(_ sentence: String) { self.sentence = sentence }
}
