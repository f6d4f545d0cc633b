import Foundation

/// The repository as a whole: what lies at its top, and what no file of it may hold.
enum Grounds {
    static let topLevel: Set<String> = [
        "Package.swift", "Sources", "Tests", "fixtures", "certs", "config", "README.md", "Makefile", ".ci", ".swift-format",
        ".gitignore",
    ]

    static func findings(topLevel names: [String]) -> [Finding] {
        names.filter { !topLevel.contains($0) }.map { Finding($0, 0, "does not belong at the top of the repository") }
            + topLevel.subtracting(names).sorted().map { Finding($0, 0, "is missing at the top of the repository") }
    }

    /// Put together here, so that this file does not hold them itself.
    private static let strangers = [".." + "/shared", "/work" + "/"]
    private static let keys = "-----BEGIN " + "[A-Z ]*PRIVATE KEY-----\\s+[A-Za-z0-9+/=]{16}"

    /// Paths outside of the repository, and private keys.
    static func findings(in text: String, of path: String) -> [Finding] {
        let paths = strangers.filter { text.contains($0) }.map {
            Finding(path, 0, "names \($0), which is not part of the repository")
        }
        let hasKey = text.range(of: keys, options: .regularExpression) != nil
        return paths + (hasKey ? [Finding(path, 0, "holds a private key")] : [])
    }
}
