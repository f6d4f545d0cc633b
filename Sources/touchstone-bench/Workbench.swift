import Core
import Engine
import Foundation
import Gateway
import Logging
import Signing
import Storage

/// A folder of its own with certificates and a database, and the gateway that runs on them: the same code as `serve`.
struct Workbench {
    let folder: String
    static let secret = "touchstone-fixture-secret"

    init(_ name: String) throws {
        folder = FileManager.default.temporaryDirectory.path + "/touchstone-bench-\(name)-\(getpid())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let script = Process()
        script.executableURL = URL(fileURLWithPath: "/bin/sh")
        script.arguments = ["certs/make-dev-certs.sh", "\(folder)/certs"]
        try script.run()
        script.waitUntilExit()
        guard script.terminationStatus == 0 else {
            throw BenchFault.failed("certs/make-dev-certs.sh failed; run from the repository's folder.")
        }
    }

    func remove() throws { try FileManager.default.removeItem(atPath: folder) }

    func settings(database: String, graphURL: String = "http://127.0.0.1:9", workspaces: [Settings.Workspace] = []) -> Settings {
        settings(at: .file("\(folder)/\(database)"), graphURL: graphURL, workspaces: workspaces)
    }

    func settings(
        at location: StoreLocation, graphURL: String = "http://127.0.0.1:9", workspaces: [Settings.Workspace] = []
    ) -> Settings {
        Settings(
            listen: .init(
                address: SocketAddress(host: "127.0.0.1", port: 0), certificate: "\(folder)/certs/server.pem",
                privateKey: "\(folder)/certs/server.key"),
            admin: .init(address: SocketAddress(host: "127.0.0.1", port: 0), token: Secret(RandomBytes.hex(16))),
            storage: .init(location), graph: .init(baseURL: graphURL, version: "v26.0", writes: .on),
            keys: .init(current: Secret(RandomBytes.hex(32))),
            apps: [.init(name: "main", id: "123", secrets: [Secret(Self.secret)], verifyToken: Secret("verify"))],
            workspaces: workspaces)
    }

    static var logger: Logger {
        var logger = Logger(label: "bench")
        logger.logLevel = .error
        return logger
    }
}
