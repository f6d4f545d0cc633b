package import Foundation
package import Signing
package import Storage

/// A database of its own for one test: a SQLite file, or, where `TOUCHSTONE_TEST_ENGINE` says `postgresql`, a database of the server that
/// `TOUCHSTONE_TEST_POSTGRES` names. It goes with the last reference.
package final class TemporaryStore: Sendable {
    /// The engine of this run.
    package static let engine: StoreEngine =
        ProcessInfo.processInfo.environment["TOUCHSTONE_TEST_ENGINE"].flatMap(StoreEngine.init) ?? .sqlite

    /// The master key of `open`: 64 hexadecimal digits.
    package static let masterKey = String(repeating: "1f", count: 32)
    package static let appSecret = "temporary-store-secret"

    package let directory: String
    /// Of the SQLite file; on PostgreSQL there is none.
    package var path: String { directory + "/touchstone.db" }
    package let location: StoreLocation
    private let database: TemporaryDatabase?

    package init(engine: StoreEngine = TemporaryStore.engine) throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("touchstone-" + UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        switch engine {
        case .sqlite:
            database = nil
            location = .file(directory + "/touchstone.db")
        case .postgresql:
            let made = try TemporaryDatabase()
            database = made
            location = .server(made.address)
        }
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: directory)
        } catch {
            // A temporary file that stays harms no test.
        }
    }

    package func options(bootID: String = "boot-1", masterKey: String = masterKey) throws -> Store.Options {
        Store.Options(at: location, masterKeys: [try MasterKey(hex: masterKey)], bootID: bootID)
    }

    /// A connection beside any store.
    package func connect(_ role: DriverRole = .writer) throws -> any Driver {
        try location.connect(role)
    }

    /// A store over the file; a second one while the first is open is refused, as in life.
    package func open(bootID: String = "boot-1", masterKey: String = masterKey) throws -> Store {
        try Store.open(try options(bootID: bootID, masterKey: masterKey))
    }

    /// Whether the bytes stand anywhere in the files of the database, as somebody would find them who has the files and no key.
    ///
    /// On PostgreSQL: in any row of any table.
    package func filesHold(_ bytes: some Sequence<UInt8>) -> Bool {
        do {
            if let database { return try database.holds(Array(bytes)) }
            return try contents().range(of: Data(bytes)) != nil
        } catch {
            return true  // what can't be searched is not known to be clean
        }
    }

    /// All files of the database, one after the other; on PostgreSQL all rows of all tables.
    package func contents() throws -> Data {
        if let database { return Data(try database.contents().utf8) }
        return try FileManager.default.contentsOfDirectory(atPath: directory).sorted().reduce(into: Data()) { all, name in
            all += try Data(contentsOf: URL(fileURLWithPath: directory + "/" + name))
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
