import Foundation

/// The repository that this file lies in.
struct Repository {
    static let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// What tools make, and `.gitignore` leaves out.
    private static let made: Set<String> = [".git", ".build", "var", "Package.resolved", "__pycache__", ".swiftpm", ".DS_Store"]

    /// Every product file that is Swift.
    static func sources(under folder: String = "Sources") throws -> [SourceFile] {
        try paths(under: folder).filter { $0.hasSuffix(".swift") }.map { try SourceFile(path: $0, text: text(of: $0)) }
    }

    static func text(of path: String) throws -> String { try String(contentsOfFile: "\(root)/\(path)", encoding: .utf8) }

    /// Names in the root, without what is made.
    static func topLevel() throws -> [String] { try names(in: "") }

    /// Every file below a folder (of the repository for an empty one), without what is made.
    static func paths(under folder: String) throws -> [String] {
        try names(in: folder).flatMap { name -> [String] in
            let path = folder.isEmpty ? name : "\(folder)/\(name)"
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: "\(root)/\(path)", isDirectory: &isFolder) else { return [] }
            return isFolder.boolValue ? try paths(under: path) : [path]
        }
    }

    private static func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(root)/\(folder)")
            .filter { !made.contains($0) && !$0.hasPrefix(".build-") && !(folder == "certs" && $0 == "dev") }.sorted()
    }
}
