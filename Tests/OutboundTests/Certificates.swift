import Foundation
import TestSupport

/// Development certificates for `localhost`, made once per run by the repository's own script.
enum Certificates {
    static let folder: String? = make()
    static var roots: String? { folder.map { $0 + "/ca.pem" } }

    private static func make() -> String? {
        let folder = FileManager.default.temporaryDirectory.appending(path: "touchstone-outbound-\(UUID().uuidString)").path()
        let script = Process()
        script.executableURL = URL(filePath: "/bin/sh")
        script.arguments = [Fixture.root + "/certs/make-dev-certs.sh", folder]
        script.standardOutput = FileHandle.nullDevice
        script.standardError = FileHandle.nullDevice
        guard (try? script.run()) != nil else { return nil }
        script.waitUntilExit()
        return script.terminationStatus == 0 ? folder : nil
    }
}
