import Foundation

/// One captured request in a file: request line, headers, blank line, body, byte for byte (design 5.6).
package struct HTTPFile: Sendable {
    /// Where it came from, for sentences.
    package let path: String
    package let method: String
    /// Path and query.
    package let target: String
    /// As written, in order; a repeated header is there twice.
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]

    package init(path: String, method: String, target: String, headers: [(name: String, value: String)], body: [UInt8]) {
        self.path = path
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
    }

    package init(path: String) throws(HTTPFileError) {
        guard let bytes = FileManager.default.contents(atPath: path) else { throw HTTPFileError(path, "can't be read.") }
        try self.init(path: path, bytes: Array(bytes))
    }

    package init(path: String, bytes: [UInt8]) throws(HTTPFileError) {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else {
            throw HTTPFileError(path, "has no blank line between its headers and its body; lines end with CRLF.")
        }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(
            separator: "\r\n", omittingEmptySubsequences: false)
        let words = lines[0].split(separator: " ")
        guard words.count == 3, words[1].hasPrefix("/") else {
            throw HTTPFileError(path, "begins with no request line such as POST /webhooks/meta HTTP/1.1.")
        }
        var headers: [(name: String, value: String)] = []
        for (index, line) in lines.dropFirst().enumerated() {
            guard let colon = line.firstIndex(of: ":") else { throw HTTPFileError(path, "line \(index + 2) is no header.") }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            headers.append((String(line[..<colon]), String(value)))
        }
        self.init(
            path: path, method: String(words[0]), target: String(words[1]), headers: headers,
            body: Array(bytes[end.upperBound...]))
    }

    /// As it is written to a file; the length of the body is stated anew.
    package func bytes() -> [UInt8] {
        var head = "\(method) \(target) HTTP/1.1\r\n"
        for header in headers where header.name.lowercased() != "content-length" { head += "\(header.name): \(header.value)\r\n" }
        if !body.isEmpty { head += "Content-Length: \(body.count)\r\n" }
        return Array((head + "\r\n").utf8) + body
    }

    /// All values of a header, in whatever case its name is written.
    package func values(of name: String) -> [String] {
        headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    /// The path without the query.
    package var plainPath: String { String(target.prefix { $0 != "?" }) }

    /// What stands after the first `?`; empty without one.
    package var query: String { target.firstIndex(of: "?").map { String(target[target.index(after: $0)...]) } ?? "" }

    /// Every `.http` file of the paths: files as they are given, folders with all below them in the order of their names.
    package static func find(_ paths: [String]) throws(HTTPFileError) -> [String] {
        var found: [String] = []
        for path in paths {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
                throw HTTPFileError(path, "is not there.")
            }
            guard isFolder.boolValue else {
                found.append(path)
                continue
            }
            guard let names = try? FileManager.default.subpathsOfDirectory(atPath: path) else {
                throw HTTPFileError(path, "can't be listed.")
            }
            found += names.filter { $0.hasSuffix(".http") }.sorted().map { path.hasSuffix("/") ? path + $0 : "\(path)/\($0)" }
        }
        guard !found.isEmpty else { throw HTTPFileError(paths.joined(separator: ", "), "holds no .http file.") }
        return found
    }

    /// `NAME.expect.json` beside it; nil where there is none.
    package var expectationPath: String? {
        let path = (self.path.hasSuffix(".http") ? String(self.path.dropLast(5)) : self.path) + ".expect.json"
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }
}

/// Why a file is no captured request.
package struct HTTPFileError: Error, CustomStringConvertible {
    /// What is wrong, without the file's name.
    package let reason: String
    package let description: String

    package init(_ path: String, _ what: String) {
        reason = what
        description = "\(path) \(what)"
    }
}
