import Foundation
package import Signing
package import Storage

/// A database file of its own for one test; the file goes with the last reference.
package final class TemporaryStore: Sendable {
    /// The master key of `open`: 64 hexadecimal digits.
    package static let masterKey = String(repeating: "1f", count: 32)
    package static let appSecret = "temporary-store-secret"

    package let directory: String
    package var path: String { directory + "/touchstone.db" }

    package init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("touchstone-" + UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: directory)
        } catch {
            // A temporary file that stays harms no test.
        }
    }

    package func options(bootID: String = "boot-1", masterKey: String = masterKey) throws -> Store.Options {
        Store.Options(path: path, masterKeys: [try MasterKey(hex: masterKey)], bootID: bootID)
    }

    /// A store over the file; a second one while the first is open is refused, as in life.
    package func open(bootID: String = "boot-1", masterKey: String = masterKey) throws -> Store {
        try Store.open(try options(bootID: bootID, masterKey: masterKey))
    }

    /// Whether the bytes stand anywhere in the files of the database, as somebody would find them who has the files and no key.
    package func filesHold(_ bytes: some Sequence<UInt8>) -> Bool {
        ["", "-wal", "-shm", ".lock"].contains { suffix in
            FileManager.default.contents(atPath: path + suffix)?.range(of: Data(bytes)) != nil
        }
    }

    package func filesHold(_ text: String) -> Bool { filesHold(text.utf8) }

    /// An envelope by the only way there is: signed, and found right.
    package static func envelope(_ body: String, app: String = "main") throws -> Envelope {
        let bytes = Array(body.utf8)
        let signature = "sha256=" + HMACSHA256.hex(key: Array(appSecret.utf8), bytes)
        let request = CapturedRequest(
            method: "POST", target: "/webhooks/meta",
            headers: [("content-type", "application/json"), ("x-hub-signature-256", signature)], body: bytes)
        return Envelope(webhook: try verifyAgain(request, apps: [AppSecrets(app: app, secrets: [appSecret])]).get())
    }
}

extension Store {
    /// `append` as an `async` call.
    package func append(_ envelope: Envelope, receivedAtMs: Int64) async throws -> Int64 {
        try await withCheckedThrowingContinuation { continuation in
            append(envelope, receivedAtMs: receivedAtMs) { continuation.resume(with: $0.mapError { $0 as any Error }) }
        }
    }
}
