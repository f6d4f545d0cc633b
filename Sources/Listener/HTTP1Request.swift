import NIOHTTP1

/// What an HTTP/1.1 head comes to: a request to serve, or a status to refuse it with.
struct HTTP1Request {
    enum Verdict {
        case serve(RequestHead)
        case refuse(Int)
    }

    let verdict: Verdict
    let keepsAlive: Bool
    let expectsContinue: Bool
    /// Body bytes announced; 0 when there is no body, nil when it is chunked.
    let length: Int?

    /// `sender` tells who sent a request with these headers.
    init(_ head: HTTPRequestHead, bounds: ListenerBounds, sender: ([(name: String, value: String)]) -> String) {
        let lengths = head.headers["content-length"]
        let encodings = head.headers["transfer-encoding"]
        let expectations = head.headers["expect"]
        self.length = encodings.isEmpty ? lengths.first.flatMap { Int($0) } ?? 0 : nil
        self.expectsContinue = head.version.minor > 0 && expectations.first?.lowercased() == "100-continue"
        // HTTP/1.0 connections, upgrades and tunnels are one request long.
        self.keepsAlive =
            head.version.minor > 0 && head.isKeepAlive && head.method != .CONNECT && !head.headers.contains(name: "upgrade")
        if let status = Self.fault(head, bounds: bounds, lengths: lengths, encodings: encodings) {
            self.verdict = .refuse(status)
        } else if !expectations.isEmpty && !expectsContinue && head.version.minor > 0 {
            self.verdict = .refuse(417)
        } else if let (path, query) = RequestHead.split(target: Self.originForm(head.uri)) {
            let headers = head.headers.map { (name: HeaderNames.lowerCase($0.name), value: $0.value) }
            self.verdict = .serve(
                RequestHead(
                    method: head.method.rawValue, path: path, query: query, headers: headers, remoteAddress: sender(headers),
                    version: .h1))
        } else {
            self.verdict = .refuse(400)
        }
    }

    /// Ambiguous framing is refused, whatever the decoder made of it: one request to us may be two to a proxy in front.
    private static func fault(_ head: HTTPRequestHead, bounds: ListenerBounds, lengths: [String], encodings: [String]) -> Int? {
        guard head.version.major == 1 else { return 505 }
        var bytes = head.uri.utf8.count
        for (name, value) in head.headers {
            let line = name.utf8.count + value.utf8.count
            bytes += line
            if line > bounds.headerLineBytesMax { return 431 }
        }
        if bytes > bounds.headerBytesMax || head.headers.count > bounds.headerCountMax { return 431 }
        if head.uri.utf8.count > bounds.headerLineBytesMax { return 414 }
        if !encodings.isEmpty, !lengths.isEmpty || head.version.minor == 0 { return 400 }
        if lengths.count > 1 || encodings.count > 1 { return 400 }
        if let encoding = encodings.first, encoding.lowercased() != "chunked" { return 501 }
        let hosts = head.headers["host"].count
        if hosts > 1 || (hosts == 0 && head.version.minor > 0) { return 400 }
        return nil
    }

    /// `https://host/path` as `/path`.
    private static func originForm(_ uri: String) -> String {
        guard let scheme = ["https://", "http://"].first(where: { uri.hasPrefix($0) }) else { return uri }
        let rest = uri.dropFirst(scheme.count)
        guard let slash = rest.firstIndex(where: { $0 == "/" || $0 == "?" }) else { return "/" }
        return rest[slash] == "/" ? String(rest[slash...]) : "/" + rest[slash...]
    }
}
