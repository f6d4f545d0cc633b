import Foundation
import TestSupport

/// A request as it is to be sent, header by header.
struct WebRequest: Sendable {
    var method = "POST"
    var target = "/webhooks/meta"
    var headers: [(name: String, value: String)] = []
    /// Nil: none, and no `Content-Length`.
    var body: [UInt8]?

    init(
        _ method: String = "POST", _ target: String = "/webhooks/meta", headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
    }

    /// A fixture, byte for byte; its length is written anew by curl.
    init(_ fixture: Fixture) {
        self.init(
            fixture.method, fixture.target, headers: fixture.headers.filter { $0.name.lowercased() != "content-length" },
            body: fixture.body)
    }
}

struct WebAnswer: Sendable {
    /// 0: no answer came.
    let status: Int
    let head: String
    let body: String

    /// All values of a header.
    func values(of name: String) -> [String] {
        head.components(separatedBy: "\r\n").compactMap { line in
            let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
            guard parts.count == 2, parts[0].lowercased() == name else { return nil }
            return parts[1].trimmingCharacters(in: .whitespaces)
        }
    }
}

/// Sends requests over real TLS with `curl`, one after the other on one connection.
struct Curl: Sendable {
    enum Version: String, Sendable, CaseIterable { case http1 = "http1.1", http2 }

    let port: Int
    var version = Version.http1

    func send(_ request: WebRequest) async throws -> WebAnswer { try await send([request])[0] }

    func send(_ requests: [WebRequest]) async throws -> [WebAnswer] {
        let folder = FileManager.default.temporaryDirectory.path + "/touchstone-curl-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let authority = try DevelopmentCertificates.shared().authority
        var lines: [String] = []
        for (number, request) in requests.enumerated() {
            if number > 0 { lines.append("next") }
            lines += [
                "url = \(quoted("https://localhost:\(port)\(request.target)"))", "request = \(quoted(request.method))",
                "noproxy = \"*\"",
                "cacert = \(quoted(authority))", version.rawValue, "silent", "path-as-is", "globoff", "max-time = 60",
                "output = \(quoted("\(folder)/\(number).body"))", "dump-header = \(quoted("\(folder)/\(number).head"))",
                "write-out = \"%{http_code}\\n\"", "header = \"Expect:\"",
            ]
            lines += request.headers.map { "header = " + quoted($0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)") }
            if let body = request.body {
                try Data(body).write(to: URL(filePath: "\(folder)/\(number).data"))
                lines.append("data-binary = \(quoted("@\(folder)/\(number).data"))")
            }
        }
        try lines.joined(separator: "\n").write(toFile: "\(folder)/config", atomically: false, encoding: .utf8)
        let codes = try await Self.run(["curl", "-K", "\(folder)/config"]).split(separator: "\n").map { Int($0) ?? 0 }
        let answers = requests.indices.map { number in
            WebAnswer(
                status: number < codes.count ? codes[number] : 0, head: Self.text("\(folder)/\(number).head"),
                body: Self.text("\(folder)/\(number).body"))
        }
        try FileManager.default.removeItem(atPath: folder)
        return answers
    }

    private func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\t", with: "\\t") + "\""
    }

    static func text(_ file: String) -> String {
        String(decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
    }

    /// The program's standard output, waited for off the test's thread.
    static func run(_ arguments: [String]) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        let process = Process()
                        process.executableURL = URL(filePath: "/usr/bin/env")
                        process.arguments = arguments
                        let output = Pipe()
                        process.standardOutput = output
                        try process.run()
                        let data = output.fileHandleForReading.readDataToEndOfFile()
                        process.waitUntilExit()
                        return String(decoding: data, as: UTF8.self)
                    })
            }
        }
    }
}
