/// The rooms and floors: what each room may import. Imports go down only.
enum House {
    /// Rooms of this house and the C libraries, as the design has them.
    static let rooms: [String: Set<String>] = [
        "Core": [],
        "Signing": ["Core", "COpenSSL"],
        "Listener": ["Core", "COpenSSL", "CNGHTTP2"],
        "Storage": ["Core", "Signing", "CSQLite", "CPostgreSQL"],
        "GraphAPI": ["Core", "Signing"],
        "Outbound": ["Core", "Signing"],
        "Intake": ["Core", "Signing", "Storage", "Listener"],
        "Engine": ["Core", "Signing", "Storage", "GraphAPI", "Outbound"],
        "Admin": ["Core", "Signing", "Storage"],
        "Gateway": [
            "Core", "Signing", "Listener", "Storage", "GraphAPI", "Outbound", "Intake", "Engine", "Admin", "GraphEmulator",
        ],
        "touchstone": ["Gateway", "Core", "Signing", "Storage"],
        // The emulator shares no code with what it is asked by.
        "GraphEmulator": [],
        "graph-emulator": ["GraphEmulator"],
        "touchstone-bench": ["Gateway", "GraphEmulator", "Core", "Signing", "Storage", "Engine"],
        "TestSupport": ["Core", "Signing", "Storage"],
        "COpenSSL": [], "CNGHTTP2": [], "CSQLite": [], "CPostgreSQL": [],
    ]

    /// Packages and the system's own modules. `Synchronization` is everybody's but Core's.
    static let others: [String: Set<String>] = [
        "Core": [],
        "Signing": ["Synchronization"],
        "Listener": ["NIOCore", "NIOPosix", "NIOHTTP1", "Synchronization"],
        "Storage": ["Synchronization", "Dispatch", "Foundation", "Glibc"],
        "GraphAPI": ["AsyncHTTPClient", "NIOCore", "NIOHTTP1", "NIOPosix", "NIOSSL", "Synchronization"],
        "Outbound": ["AsyncHTTPClient", "NIOCore", "NIOHTTP1", "NIOPosix", "NIOSSL", "Synchronization", "Glibc", "Musl"],
        "Intake": ["Logging", "Metrics", "Synchronization"],
        "Engine": ["Dispatch", "Logging", "Metrics", "Synchronization", "Glibc"],
        "Admin": [
            "Hummingbird", "HummingbirdCore", "HummingbirdTLS", "HTTPTypes", "Logging", "Metrics", "CoreMetrics", "NIOCore",
            "NIOSSL", "Synchronization",
            "Glibc",
        ],
        "Gateway": [
            "Yams", "Logging", "Metrics", "ServiceLifecycle", "UnixSignals", "Foundation", "Glibc", "Synchronization",
            "AsyncHTTPClient", "NIOCore", "NIOHTTP1", "NIOSSL",  // the demo sends what Meta would send
        ],
        "touchstone": ["ArgumentParser", "Logging", "ServiceLifecycle", "UnixSignals", "Foundation"],
        "GraphEmulator": [
            "Hummingbird", "HummingbirdCore", "HummingbirdTLS", "HTTPTypes", "NIOCore", "NIOHTTP1", "NIOSSL", "AsyncHTTPClient",
            "Yams",
            "Logging", "Foundation", "Synchronization", "ServiceLifecycle",
        ],
        "graph-emulator": ["ArgumentParser", "Logging", "Foundation"],
        "touchstone-bench": [
            "ArgumentParser", "AsyncHTTPClient", "DequeModule", "Histogram", "Logging", "NIOCore", "NIOHTTP1", "NIOPosix",
            "NIOSSL",
            "Foundation", "Glibc", "Synchronization",
        ],
        "TestSupport": ["Foundation", "Synchronization"],
    ]

    /// Single files that may import what their room may not, each with its reason.
    static let exceptions: [String: Set<String>] = [
        "Sources/Core/Ads/AccountTimeZone.swift": ["Foundation"],  // FoundationEssentials alone knows no time zones
        "Sources/Intake/ParserPool.swift": ["Dispatch"],  // threads for bodies that an event loop must not parse
    ]

    static func allowed(in room: String) -> Set<String>? {
        rooms[room].map { $0.union(others[room] ?? []) }
    }

    /// The modules that a file imports, with their lines.
    static func imports(of file: SourceFile) -> [(module: String, line: Int)] {
        file.codeLines.enumerated().compactMap { index, line in
            guard line.utf8.count < 200, line.contains("import"), let found = line.firstMatch(of: statement) else { return nil }
            return (String(found.1), index + 1)
        }
    }

    nonisolated(unsafe) private static let statement =
        /^\s*(?:(?:@\w+|package|internal|private|fileprivate|public)\s+)*import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)/

    /// Imports that the floors forbid.
    static func findings(in file: SourceFile) -> [Finding] {
        guard let allowed = allowed(in: file.room) else { return [Finding(file.path, 0, "\(file.room) is no room of the house")] }
        let granted = allowed.union(exceptions[file.path] ?? [])
        return imports(of: file).filter { !granted.contains($0.module) }.map {
            Finding(file.path, $0.line, "\(file.room) may not import \($0.module)")
        }
    }
}
