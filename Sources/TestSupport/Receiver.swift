import Foundation
import Synchronization

/// A small HTTP server on a free port of loopback that keeps every request it gets and answers as it is told.
///
/// It shares no code with the program: what it keeps are the bytes that came over the socket.
package final class Receiver: Sendable {
    /// One request as it came.
    package struct Request: Sendable {
        package let method: String
        package let target: String
        package let headers: [(name: String, value: String)]
        package let body: [UInt8]

        package func values(of name: String) -> [String] {
            headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
        }

        package var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// What a request is answered with.
    package struct Answer: Sendable {
        package let status: Int
        package let body: String
        package let headers: [(name: String, value: String)]
        /// The connection stays open, and nothing comes.
        package let isSilent: Bool

        package init(_ status: Int, body: String = "ok", headers: [(name: String, value: String)] = [], isSilent: Bool = false) {
            self.status = status
            self.body = body
            self.headers = headers
            self.isSilent = isSilent
        }

        package static let silence = Answer(0, isSilent: true)

        fileprivate var bytes: [UInt8] {
            let lines = headers.map { "\($0.name): \($0.value)\r\n" }.joined()
            return Array("HTTP/1.1 \(status) X\r\n\(lines)Content-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
        }
    }

    private struct State {
        var requests: [Request] = []
        var answer = Answer(200)
        var script: [Answer] = []
        var isClosed = false
    }

    package let port: Int
    private let descriptor: Int32
    private let state = Mutex(State())

    package init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 && listen(descriptor, 128) == 0
                    && getsockname(descriptor, address, &length) == 0
            }
        }
        guard bound else { throw NotInTime(description: "no free port on loopback") }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [self] in accept() }
    }

    package var url: String { "http://127.0.0.1:\(port)" }
    package var requests: [Request] { state.withLock { $0.requests } }

    /// What it answers from now on.
    package func answer(_ status: Int) { state.withLock { $0.answer = Answer(status) } }

    /// What it answers the next requests, one after the other; then as before.
    package func script(_ answers: Answer...) { script(answers) }
    package func script(_ answers: [Answer]) { state.withLock { $0.script += answers } }

    package func stop() {
        state.withLock { $0.isClosed = true }
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }

    private func accept() {
        while !state.withLock({ $0.isClosed }) {
            let connection = Foundation.accept(descriptor, nil, nil)
            guard connection >= 0 else { return }
            Thread.detachNewThread { [self] in
                converse(connection)
                close(connection)
            }
        }
    }

    private func converse(_ connection: Int32) {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            while let (request, length) = Self.request(in: bytes) {
                bytes.removeFirst(length)
                let told = state.withLock { state in
                    state.requests.append(request)
                    return state.script.isEmpty ? state.answer : state.script.removeFirst()
                }
                guard !told.isSilent else { continue }
                let answer = told.bytes
                guard send(connection, answer, answer.count, Int32(MSG_NOSIGNAL)) == answer.count else { return }
            }
            let count = recv(connection, &piece, piece.count, 0)
            guard count > 0 else { return }
            bytes += piece[..<count]
        }
    }

    /// The first whole request and its length in bytes.
    private static func request(in bytes: [UInt8]) -> (Request, Int)? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let headers = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            return (name: parts[0], value: parts.count > 1 ? parts[1] : "")
        }
        let length = headers.first { $0.name.lowercased() == "content-length" }.flatMap { Int($0.value) } ?? 0
        guard bytes.count - end.upperBound >= length else { return nil }
        let start = lines[0].split(separator: " ").map(String.init)
        let body = Array(bytes[end.upperBound..<end.upperBound + length])
        return (Request(method: start[0], target: start[1], headers: headers, body: body), end.upperBound + length)
    }
}
