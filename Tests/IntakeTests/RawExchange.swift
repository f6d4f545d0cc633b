import Foundation
import TestSupport

/// Sends bytes over real TLS exactly as they are, one request after the other on one connection of HTTP/1.1.
struct RawExchange: Sendable {
    let port: Int

    /// An answer for each; status 0 for those that got none.
    func send(_ requests: [[UInt8]]) async throws -> [WebAnswer] {
        let folder = FileManager.default.temporaryDirectory.path + "/touchstone-raw-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (number, request) in requests.enumerated() {
            try Data(request).write(to: URL(filePath: "\(folder)/\(number).request"))
        }
        let authority = try DevelopmentCertificates.shared().authority
        _ = try await Curl.run(["python3", "-B", "-c", Self.client, "\(port)", authority, folder, "\(requests.count)"])
        let answers = requests.indices.map { number in
            let head = Curl.text("\(folder)/\(number).head")
            return WebAnswer(
                status: head.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0, head: head,
                body: Curl.text("\(folder)/\(number).body"))
        }
        try FileManager.default.removeItem(atPath: folder)
        return answers
    }

    private static let client = #"""
        import socket, ssl, sys
        port, authority, folder, count = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
        context = ssl.create_default_context(cafile=authority)
        raw = socket.create_connection(("127.0.0.1", port), timeout=60)
        with context.wrap_socket(raw, server_hostname="localhost") as tls:
            for number in range(count):
                with open(f"{folder}/{number}.request", "rb") as file:
                    tls.sendall(file.read())
                answer, length = b"", None
                while length is None or len(answer) < length:
                    piece = tls.recv(65536)
                    if not piece:
                        sys.exit()
                    answer += piece
                    end = answer.find(b"\r\n\r\n")
                    if length is None and end >= 0:
                        lines = answer[:end].lower().split(b"\r\n")
                        length = end + 4 + next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))
                with open(f"{folder}/{number}.head", "wb") as file:
                    file.write(answer[:end])
                with open(f"{folder}/{number}.body", "wb") as file:
                    file.write(answer[end + 4:])
        """#
}
