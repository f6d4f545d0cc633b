import AsyncHTTPClient
import NIOCore
import NIOSSL
import Synchronization

/// HTTP clients, each bound to one checked address.
///
/// A client has the address as its DNS override: it dials that address and nothing else, and still sends the name in Host and SNI
/// and checks the certificate for it. The name is not resolved a second time, and `PeerCheck` looks at what was reached.
final class Dialler: Sendable {
    struct Key: Hashable {
        let isSecure: Bool
        let host: String
        let port: Int
        let address: IPAddress
        let rootsFile: String?
        let timeoutMs: Int64
    }

    private struct Entry {
        let http: HTTPClient
        var users: Int
        var usedAt: NIODeadline
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var isShutDown = false
    }

    /// Clients kept; a name whose addresses change often must not pile them up.
    private static let clientsMax = 64
    private let state = Mutex(State())

    /// An HTTP client ends the program when it is dropped open.
    deinit {
        let all = state.withLock { $0.entries.values.map(\.http) }
        guard !all.isEmpty else { return }
        Task { for http in all { await Self.close(http) } }
    }

    /// Runs `body` with the client of one address; nil after `shutdown`.
    func with<T: Sendable>(_ destination: Destination, at address: IPAddress, _ body: (HTTPClient) async -> T) async -> T? {
        let key = Key(
            isSecure: destination.target.isSecure, host: destination.target.host, port: destination.target.port, address: address,
            rootsFile: destination.roots.file, timeoutMs: destination.timeoutMs)
        let (http, retired) = state.withLock { Self.take(key, destination, &$0) }
        for old in retired { await Self.close(old) }
        guard let http else { return nil }
        let result = await body(http)
        state.withLock { $0.entries[key]?.users -= 1 }
        return result
    }

    func shutdown() async {
        let all = state.withLock { state in
            state.isShutDown = true
            defer { state.entries = [:] }
            return state.entries.values.map(\.http)
        }
        for http in all { await Self.close(http) }
    }

    private static func take(_ key: Key, _ destination: Destination, _ state: inout State) -> (HTTPClient?, retired: [HTTPClient])
    {
        guard !state.isShutDown else { return (nil, []) }
        if var entry = state.entries[key] {
            entry.users += 1
            entry.usedAt = .now()
            state.entries[key] = entry
            return (entry.http, [])
        }
        let retired = retire(&state)
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration(key, destination))
        state.entries[key] = Entry(http: http, users: 1, usedAt: .now())
        return (http, retired)
    }

    /// Takes out the longest unused client when there are too many.
    private static func retire(_ state: inout State) -> [HTTPClient] {
        guard state.entries.count >= clientsMax else { return [] }
        let idle = state.entries.filter { $0.value.users == 0 }.min { $0.value.usedAt < $1.value.usedAt }
        guard let idle else { return [] }
        state.entries[idle.key] = nil
        return [idle.value.http]
    }

    private static func configuration(_ key: Key, _ destination: Destination) -> HTTPClient.Configuration {
        var tls = TLSConfiguration.makeClientConfiguration()
        if !destination.roots.certificates.isEmpty { tls.trustRoots = .certificates(destination.roots.certificates) }
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls, redirectConfiguration: .disallow)
        configuration.httpVersion = .http1Only
        configuration.dnsOverride = [key.host: key.address.description]
        configuration.http1_1ConnectionDebugInitializer = { channel in
            PeerCheck(host: key.host, isSecure: key.isSecure, address: key.address.description)(channel)
        }
        configuration.timeout.connect = .milliseconds(key.timeoutMs)
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.idleTimeout = .seconds(30)
        return configuration
    }

    private static func close(_ http: HTTPClient) async {
        do {
            try await http.shutdown()
        } catch {
            // Shut down before: nothing is left to close.
            return
        }
    }
}
