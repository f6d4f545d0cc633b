/// One request on an HTTP/2 connection.
final class HTTP2Stream {
    enum Stage {
        /// Header fields are coming in.
        case headers
        case collecting(Collector)
        /// Whole; the application has it.
        case waiting
        /// The answer is on its way; what still comes in is thrown away.
        case answered
    }

    private static let usualHeaders = 8

    let id: Int32
    /// In the session's list of streams.
    var place = 0
    var stage = Stage.headers
    var deadlineMs: Int64
    /// The peer has sent END_STREAM.
    var isWhole = false
    /// What it takes of the budgets.
    var holding = Holding()
    /// Why it will not be served, a status; 0 when all is well so far.
    var fault = 0

    var method = ""
    var target = ""
    var authority: String?
    var headers: [(name: String, value: String)] = []
    var hasHost = false
    var headerBytes = 0
    var headerCount = 0
    var announced: Int?
    var expectsContinue = false

    var answer: [UInt8] = []
    var answerSent = 0
    /// END_STREAM was sent.
    var isAnswerOut = false
    /// Body bytes thrown away.
    var discarded = 0

    init(id: Int32, deadlineMs: Int64) {
        self.id = id
        self.deadlineMs = deadlineMs
        headers.reserveCapacity(Self.usualHeaders)
    }

    /// A header field as nghttp2 found it: lower-case, in order, no connection headers. Counted here, for nghttp2 has no
    /// limit of its own.
    func take(name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>, bounds: ListenerBounds) {
        headerBytes += name.count + value.count
        headerCount += 1
        if headerCount > bounds.headerCountMax || headerBytes > bounds.headerBytesMax
            || name.count + value.count > bounds.headerLineBytesMax
        {
            fault = 431
        }
        guard fault == 0 else { return }
        let text = String(decoding: value, as: UTF8.self)
        guard name.first != UInt8(ascii: ":") else { return takePseudo(HeaderNames.lowerCase(name), text) }
        let name = HeaderNames.lowerCase(name)
        switch name {
        case "host": hasHost = true
        case "content-length": announced = Int(text)
        case "expect": takeExpectation(text)
        default: ()
        }
        headers.append((name, text))
    }

    private func takePseudo(_ name: String, _ value: String) {
        switch name {
        case ":method": method = value
        case ":path": target = value
        case ":authority": authority = value
        default: ()
        }
    }

    private func takeExpectation(_ value: String) {
        if value.lowercased() == "100-continue" { expectsContinue = true } else { fault = 417 }
    }

    /// nil when the request line is malformed.
    func head(remoteAddress: String) -> RequestHead? {
        guard let (path, query) = RequestHead.split(target: target) else { return nil }
        if let authority, !hasHost { headers.insert(("host", authority), at: 0) }
        return RequestHead(method: method, path: path, query: query, headers: headers, remoteAddress: remoteAddress, version: .h2)
    }
}
