/// What a request is answered with. `content-length` and the framing are the listener's own.
package struct Reply: Sendable {
    package let status: Int
    /// Names in lower case.
    package let headers: [(String, String)]
    package let body: [UInt8]

    package init(status: Int, headers: [(String, String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The listener's own answers, with a word for whoever reads them; 503 asks to come back.
    package static func refusal(_ status: Int) -> Reply {
        let headers = [("content-type", "text/plain")] + (status == 503 ? [("retry-after", "1")] : [])
        return Reply(status: status, headers: headers, body: Array("\(HTTP1Answer.reason(status))\n".utf8))
    }
}
