import Core
import Foundation
import Synchronization

/// The destination of leads: a small HTTP server on loopback that refuses one request, takes all others, and writes down all.
///
/// It shares no code with the program's own servers: what it writes down are the bytes that came over the socket.
final class DemoReceiver: Sendable {
    private struct State {
        var count = 0
        var isClosed = false
    }

    let port: Int
    private let descriptor: Int32
    private let refused: Int
    private let handle: FileHandle
    private let state = Mutex(State())

    /// The request number `refused`, from 1, is answered with 500.
    init(file: String, refusing refused: Int) throws(DemoError) {
        guard FileManager.default.createFile(atPath: file, contents: nil, attributes: [.posixPermissions: 0o600]),
            let handle = FileHandle(forWritingAtPath: file)
        else { throw .process("\(file) could not be written.") }
        guard let (descriptor, port) = listeningSocket() else {
            throw .process("No port for the destination of leads was found.")
        }
        (self.handle, self.refused, self.descriptor, self.port) = (handle, refused, descriptor, port)
        Thread.detachNewThread { [self] in accept() }
    }

    func stop() {
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
            while let length = Self.length(ofRequestIn: bytes) {
                let answer = answer(to: Array(bytes[..<length]))
                bytes.removeFirst(length)
                guard send(connection, answer, answer.count, Int32(MSG_NOSIGNAL)) == answer.count else { return }
            }
            let count = recv(connection, &piece, piece.count, 0)
            guard count > 0 else { return }
            bytes += piece[..<count]
        }
    }

    /// Written down before it is answered.
    private func answer(to request: [UInt8]) -> [UInt8] {
        let status = state.withLock { state in
            state.count += 1
            let status = state.count == refused ? 500 : 200
            let line: JSON = [
                "n": .integer(state.count), "at_ms": .integer(Int64(Date().timeIntervalSince1970 * 1_000)),
                "status": .integer(status),
                "request_base64": .string(Data(request).base64EncodedString()),
            ]
            handle.write(Data((line.encoded() + "\n").utf8))
            return status
        }
        let body = status == 200 ? #"{"ok":true}"# : #"{"error":"try again"}"#
        return Array(
            "HTTP/1.1 \(status) X\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
    }

    /// Of the first whole request: its head and what `Content-Length` says.
    private static func length(ofRequestIn bytes: [UInt8]) -> Int? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).lowercased().components(separatedBy: "\r\n")
        let lengths = lines.filter { $0.hasPrefix("content-length:") }.compactMap {
            Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces))
        }
        let length = end.upperBound + (lengths.first ?? 0)
        return bytes.count >= length ? length : nil
    }
}

/// A listening socket on a free port of the loopback address.
private func listeningSocket() -> (descriptor: Int32, port: Int)? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
            bind(descriptor, generic, length) == 0 && listen(descriptor, 64) == 0
                && getsockname(descriptor, generic, &length) == 0
        }
    }
    guard isBound else {
        close(descriptor)
        return nil
    }
    return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
}
