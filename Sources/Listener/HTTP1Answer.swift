/// The bytes of an HTTP/1.1 answer, put together by hand: NIO's encoder and pipeline handler cost a fifth of a request.
enum HTTP1Answer {
    private static let goOnText: StaticString = "HTTP/1.1 100 Continue\r\n\r\n"

    static var goOn: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: goOnText.utf8Start, count: goOnText.utf8CodeUnitCount)
    }

    /// Fills `bytes` with the whole answer.
    static func put(_ reply: Reply, closes: Bool, isHeadOnly: Bool, into bytes: inout [UInt8]) {
        bytes.removeAll(keepingCapacity: true)
        bytes += "HTTP/1.1 \(reply.status) \(reason(reply.status))\r\ncontent-length: \(reply.body.count)\r\n".utf8
        for (name, value) in reply.headers {
            putText(name, into: &bytes)
            bytes += ": ".utf8
            putText(value, into: &bytes)
            bytes += "\r\n".utf8
        }
        if closes { bytes += "connection: close\r\n".utf8 }
        bytes += "\r\n".utf8
        if !isHeadOnly { bytes += reply.body }
    }

    /// A control character would end the line and begin another.
    private static func putText(_ text: String, into bytes: inout [UInt8]) {
        for byte in text.utf8 { bytes.append(byte < 0x20 || byte == 0x7f ? 0x20 : byte) }
    }

    static func reason(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 202: "Accepted"
        case 204: "No Content"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 417: "Expectation Failed"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 503: "Service Unavailable"
        case 505: "HTTP Version Not Supported"
        default: ""
        }
    }
}
