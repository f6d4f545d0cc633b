import AsyncHTTPClient
import Core
import NIOCore
import NIOHTTP1

/// What the emulator says of itself, beside its log.
struct DemoEmulator: Sendable {
    private let url: String

    init(port: Int) { url = "http://127.0.0.1:\(port)/_emulator/" }

    /// Leads and comments as they are now, with what was done to them.
    func state() async throws -> [UInt8] { try await read("state") }

    /// What the events edge took.
    func events() async throws -> [UInt8] { try await read("events") }

    /// Ids of the comments below one.
    func replies(to comment: String) async throws -> [String] {
        let state = try JSON.parse(try await state())
        let found = state["comments"]?.items.first { $0["id"]?.id == comment }
        return (found?["replies"]?.items ?? []).compactMap(\.id)
    }

    private func read(_ what: String) async throws -> [UInt8] {
        let answer = try await HTTPClient.shared.execute(HTTPClientRequest(url: url + what), timeout: .seconds(10))
        guard answer.status == .ok else { throw DemoError.unreadable("The emulator answered \(answer.status.code) to /\(what).") }
        return Array(try await answer.body.collect(upTo: 16 << 20).readableBytesView)
    }
}
