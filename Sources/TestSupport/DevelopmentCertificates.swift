import Foundation

/// Certificates for `localhost`, made once per run by the repository's own script.
package struct DevelopmentCertificates: Sendable {
    package let folder: String
    package var authority: String { folder + "/ca.pem" }
    package var certificate: String { folder + "/server.pem" }
    package var privateKey: String { folder + "/server.key" }

    private static let made = Result { try make() }

    package static func shared() throws -> DevelopmentCertificates { try made.get() }

    private static func make() throws -> DevelopmentCertificates {
        let folder =
            FileManager.default.temporaryDirectory.path + "/touchstone-certificates-\(ProcessInfo.processInfo.processIdentifier)"
        let script = Process()
        script.executableURL = URL(filePath: "/bin/sh")
        script.arguments = [Fixture.root + "/certs/make-dev-certs.sh", folder]
        script.standardOutput = FileHandle.nullDevice
        script.standardError = FileHandle.nullDevice
        try script.run()
        script.waitUntilExit()
        guard script.terminationStatus == 0 else { throw NotInTime(description: "certs/make-dev-certs.sh failed") }
        return DevelopmentCertificates(folder: folder)
    }
}
