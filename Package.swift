// swift-tools-version: 6.2
import PackageDescription

// One target is one room of the house; imports go down only. TidyTests holds what a compiler can't.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
    .treatWarning("DeprecatedDeclaration", as: .warning),
]

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioFoundation = Target.Dependency.product(name: "NIOFoundationCompat", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTLS = Target.Dependency.product(name: "HummingbirdTLS", package: "hummingbird")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let collections = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")

func room(_ name: String, _ dependencies: [Target.Dependency], path: String? = nil) -> Target {
    .target(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

let package = Package(
    name: "touchstone",
    products: [
        .executable(name: "touchstone", targets: ["touchstone"]),
        .executable(name: "graph-emulator", targets: ["graph-emulator"]),
        .executable(name: "touchstone-bench", targets: ["touchstone-bench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CNGHTTP2", pkgConfig: "libnghttp2", providers: [.apt(["libnghttp2-dev"])]),
        .systemLibrary(name: "CPostgreSQL", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),

        // floor 0
        room("Core", []),
        // floor 1
        room("Signing", ["Core", "COpenSSL"]),
        // floor 2
        room("Listener", ["Core", "COpenSSL", "CNGHTTP2", nioCore, nioPosix, nioHTTP1]),
        room("Storage", ["Core", "Signing", "CSQLite", "CPostgreSQL"]),
        room("GraphAPI", ["Core", "Signing", httpClient, nioCore, nioPosix, nioHTTP1, nioSSL]),
        room("Outbound", ["Core", "Signing", httpClient, nioCore, nioPosix, nioHTTP1, nioSSL]),
        // floor 3
        room("Intake", ["Core", "Signing", "Storage", "Listener", logging, metrics]),
        room("Engine", ["Core", "Signing", "Storage", "GraphAPI", "Outbound", logging, metrics]),
        room("Admin", ["Core", "Signing", "Storage", hummingbird, hummingbirdTLS, nioSSL, logging, metrics]),
        // floor 4
        room(
            "Gateway",
            [
                "Core", "Signing", "Listener", "Storage", "GraphAPI", "Outbound", "Intake", "Engine", "Admin", "GraphEmulator",
                logging, metrics, lifecycle, unixSignals, yams, httpClient, nioCore, nioHTTP1, nioSSL,
            ]),
        program("touchstone", ["Gateway", "Core", "Signing", "Storage", arguments, logging]),
        // beside
        room("GraphEmulator", [hummingbird, hummingbirdTLS, nioCore, nioHTTP1, nioSSL, httpClient, lifecycle, yams, logging]),
        program("graph-emulator", ["GraphEmulator", arguments, logging]),
        program(
            "touchstone-bench",
            [
                "Gateway", "GraphEmulator", "Core", "Signing", "Storage", "Engine", histogram, arguments, logging, httpClient,
                nioCore, nioHTTP1, nioPosix, nioSSL, collections,
            ]),
        room("TestSupport", ["Core", "Signing", "Storage"]),

        tests("CoreTests", ["Core", "Signing", "TestSupport"]),
        tests("SigningTests", ["Core", "Signing", "TestSupport"]),
        tests("ListenerTests", ["Core", "Listener", "TestSupport", nioCore, nioPosix]),
        tests("StorageTests", ["Core", "Signing", "Storage", "TestSupport"]),
        tests("GraphAPITests", ["Core", "GraphAPI", "GraphEmulator", "TestSupport"]),
        tests("OutboundTests", ["Core", "Signing", "Outbound", "TestSupport", nioCore, nioPosix, nioSSL]),
        tests("IntakeTests", ["Core", "Signing", "Storage", "Listener", "Intake", "TestSupport", httpClient, logging]),
        tests(
            "EngineTests",
            ["Core", "Signing", "Storage", "GraphAPI", "Outbound", "Engine", "GraphEmulator", "TestSupport", logging]),
        tests(
            "AdminTests", ["Core", "Signing", "Storage", "Admin", "TestSupport", httpClient, logging, metrics, nioCore, nioHTTP1]),
        tests(
            "GatewayTests",
            [
                "Core", "Signing", "Listener", "Storage", "Intake", "Engine", "Admin", "Gateway", "GraphEmulator", "TestSupport",
                httpClient, nioCore, nioHTTP1,
                nioSSL, logging,
            ],
            exclude: ["ConfigurationCases"]),
        tests("EmulatorTests", ["GraphEmulator", httpClient, nioCore, nioHTTP1]),
        tests("DemoTests", ["TestSupport"]),
        tests("TidyTests", []),
    ]
)
