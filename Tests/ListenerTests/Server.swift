import Dispatch
import Foundation
import Listener
import Synchronization
import TestSupport

/// The listener with a small application behind it.
///
/// GET answers `h1 query` or `h2 query`; POST `/count` answers with the number of bytes, and of bytes seen in pieces; `/later` the same from another thread;
/// `/hold` keeps its answer until `release`; `/refuse` answers 415 before the body; GET `/big` answers 64 MiB, `/address` the sender's address.
/// Below `/share` bodies count in a share of 100 000 bytes.
final class Server: Sendable {
    let listener: PublicListener
    let application: Application

    static func start(limit: Int = 1_000_000, loops: Int = 1, _ change: (inout ListenerSettings) -> Void = { _ in }) async throws
        -> Server
    {
        var settings = try settings()
        settings.loops = loops
        change(&settings)
        let application = Application(limit: limit)
        let listener = try await PublicListener.start(
            settings, open: { application.open($0) }, turnedAway: { refusal, _ in application.turnAway(refusal) })
        return Server(listener: listener, application: application)
    }

    static func settings() throws -> ListenerSettings {
        let folder = try certificates.get()
        return ListenerSettings(
            host: "127.0.0.1", port: 0, certificateChainFile: "\(folder)/server.pem", privateKeyFile: "\(folder)/server.key")
    }

    private init(listener: PublicListener, application: Application) {
        self.listener = listener
        self.application = application
    }

    var port: Int { listener.port }
    /// Connections that were closed unheard, in their order.
    var turnedAway: [ConnectionRefusal] { application.turnedAway }

    func stop() async { await listener.stop(drainMs: 0) }

    // MARK: clients

    struct Answer: Sendable, Equatable {
        let version: String
        let status: Int
        let body: String
        let errors: String
    }

    /// `curl`, with its own arguments before the URL.
    func curl(_ arguments: [String], _ path: String = "/", input: [UInt8] = []) async throws -> Answer {
        let folder = try Self.certificates.get()
        let result = try await Tool.run(
            [
                "curl", "-sS", "--noproxy", "*", "--max-time", "30", "--cacert", "\(folder)/ca.pem", "-w",
                "\n%{http_version} %{http_code}",
            ] + arguments
                + ["https://localhost:\(port)\(path)"], input: input)
        let lines = result.text.split(separator: "\n", omittingEmptySubsequences: false)
        let last = lines.last?.split(separator: " ") ?? []
        return Answer(
            version: last.first.map(String.init) ?? "", status: last.count > 1 ? Int(last[1]) ?? 0 : 0,
            body: lines.dropLast().joined(separator: "\n"),
            errors: result.errors)
    }

    /// Raw bytes through TLS; what came back until the server closed.
    func raw(_ bytes: [UInt8], alpn: String? = "http/1.1", arguments: [String] = []) async throws -> [UInt8] {
        let alpn = alpn.map { ["-alpn", $0] } ?? []
        return try await Tool.run(
            ["openssl", "s_client", "-quiet", "-connect", "127.0.0.1:\(port)"] + alpn + arguments, input: bytes, keepsOpen: true
        ).output
    }

    /// The same, as text.
    func raw(_ text: String) async throws -> String { String(decoding: try await raw(Array(text.utf8)), as: UTF8.self) }

    /// A folder with development certificates, made once per run.
    static let certificates: Result<String, any Error> = Result {
        let folder = NSTemporaryDirectory() + "touchstone-listener-\(ProcessInfo.processInfo.processIdentifier)"
        let process = try Process.run(URL(filePath: Fixture.root + "/certs/make-dev-certs.sh"), arguments: [folder])
        process.waitUntilExit()
        return folder
    }
}

final class Application: Sendable {
    private struct State {
        var held: [(Responder, Int)] = []
        var waiting: [CheckedContinuation<Void, Never>] = []
        var opened = 0
        var bytesSeen = 0
        var turnedAway: [ConnectionRefusal] = []
    }

    /// A thread that is no event loop.
    private static let elsewhere = DispatchQueue(label: "elsewhere")

    private let limit: Int
    private let share = Share(bytesMax: 100_000)
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    var opened: Int { state.withLock { $0.opened } }
    var bytesSeen: Int { state.withLock { $0.bytesSeen } }
    var turnedAway: [ConnectionRefusal] { state.withLock { $0.turnedAway } }

    func turnAway(_ refusal: ConnectionRefusal) { state.withLock { $0.turnedAway.append(refusal) } }

    func open(_ head: RequestHead) -> Intent {
        state.withLock { $0.opened += 1 }
        switch (head.method, head.path) {
        case ("GET", "/big"): return .answer(Reply(status: 200, body: [UInt8](repeating: 1, count: 64 << 20)))
        case ("GET", "/address"): return .answer(Reply(status: 200, body: Array(head.remoteAddress.utf8)))
        case ("GET", "/headers"):
            return .answer(
                Reply(status: 200, body: Array(head.headers.map { "\($0.name)=\($0.value)" }.joined(separator: "\n").utf8)))
        case ("GET", _), ("HEAD", _):
            let text = "\(head.version) \(head.query ?? "-")"
            return .answer(Reply(status: 200, headers: [("content-type", "text/plain")], body: Array(text.utf8)))
        case (_, "/refuse"): return .answer(Reply(status: 415))
        default: return collect(head)
        }
    }

    private func collect(_ head: RequestHead) -> Intent {
        let seen = Counter()
        let path = head.path.hasPrefix("/share/") ? String(head.path.dropFirst(6)) : head.path
        let each = { [self] (piece: UnsafeRawBufferPointer) in
            seen.count += piece.count
            state.withLock { $0.bytesSeen += piece.count }
        }
        return .collect(limit: limit, share: path == head.path ? nil : share, each: each) { [self] body, responder in
            let reply = Reply(status: 200, body: Array("\(head.version) \(body.count) \(seen.count)".utf8))
            switch path {
            case "/later":
                Self.elsewhere.async {
                    responder.send(reply)
                    responder.send(Reply(status: 500))
                }
            case "/hold": hold(responder, body.count)
            default: responder.send(reply)
            }
        }
    }

    private func hold(_ responder: Responder, _ count: Int) {
        let waiting = state.withLock { state in
            state.held.append((responder, count))
            defer { state.waiting = [] }
            return state.waiting
        }
        for one in waiting { one.resume() }
    }

    /// Returns once a request to `/hold` is whole.
    func untilHeld(_ count: Int = 1) async {
        while state.withLock({ $0.held.count < count }) {
            await withCheckedContinuation { continuation in
                let isThere = state.withLock { state in
                    guard state.held.count < count else { return true }
                    state.waiting.append(continuation)
                    return false
                }
                if isThere { continuation.resume() }
            }
        }
    }

    func release() {
        let held = state.withLock { state in
            defer { state.held = [] }
            return state.held
        }
        for (responder, count) in held { responder.send(Reply(status: 200, body: Array("held \(count)".utf8))) }
    }

    private final class Counter {
        var count = 0
    }
}
