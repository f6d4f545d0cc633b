import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A server that answers the n-th connection with the n-th scripted bytes, whatever is asked, and keeps what it was sent.
///
/// For what no server that keeps to HTTP would do: half bodies, lost answers, silence.
final class ScriptedServer: Sendable {
    enum Answer: Sendable {
        /// Sent as it is; then the connection is closed.
        case bytes(String)
        /// Sent as it is; then the connection stays open and silent until the server ends.
        case begun(String)

        static func http(_ status: Int, _ body: String, headers: [String] = []) -> Answer {
            let lines = ["HTTP/1.1 \(status) X", "Content-Length: \(body.utf8.count)", "Connection: close"] + headers
            return .bytes(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
        }
    }

    private struct State {
        var requests: [String] = []
        var open: [Int32] = []
    }

    let port: Int
    private let socket: Int32
    private let answers: [Answer]
    private let state = Mutex(State())

    init(_ answers: [Answer]) throws {
        self.answers = answers
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = socket
        port = try withUnsafeMutablePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard bind(listener, address, size) == 0, listen(listener, 16) == 0, getsockname(listener, address, &size) == 0
                else {
                    throw POSIXError(.EADDRNOTAVAIL)
                }
            }
            return Int(UInt16(bigEndian: pointer.pointee.sin_port))
        }
        Thread { self.serve() }.start()
    }

    var url: String { "http://127.0.0.1:\(port)" }
    var requests: [String] { state.withLock { $0.requests } }

    func stop() {
        shutdown(socket, Int32(SHUT_RDWR))
        close(socket)
        state.withLock { state in
            for open in state.open { close(open) }
            state.open = []
        }
    }

    private func serve() {
        for answer in answers {
            let connection = accept(socket, nil, nil)
            guard connection >= 0 else { return }
            switch answer {
            case .bytes(let text):
                read(connection)
                write(text, connection)
                close(connection)
            case .begun(let text):
                read(connection)
                write(text, connection)
                state.withLock { $0.open.append(connection) }
            }
        }
    }

    private func write(_ text: String, _ connection: Int32) {
        _ = text.withCString { send(connection, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
    }

    /// Head and, by Content-Length, body.
    private func read(_ connection: Int32) {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while !Self.isWhole(bytes) {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            bytes += buffer.prefix(count)
        }
        let text = String(decoding: bytes, as: UTF8.self)
        state.withLock { $0.requests.append(text) }
    }

    private static func isWhole(_ bytes: [UInt8]) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else { return false }
        let length = text[..<end.lowerBound].components(separatedBy: "\r\n").first {
            $0.lowercased().hasPrefix("content-length:")
        }
        let wanted = length.flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
        return text[end.upperBound...].utf8.count >= wanted
    }
}
