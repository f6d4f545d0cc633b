import Core

/// An answer that was what it was asked for.
struct GraphAnswer: Sendable {
    let json: JSON
    let status: Int
    let traceID: String
    let usage: [Usage]

    var rows: [JSON] { json["data"]?.items ?? [] }

    /// The cursor of the next page; nil on the last one. `next` itself is never followed: it may hold a token and any host.
    var after: String? {
        guard json["paging"]?["next"] != nil else { return nil }
        return json["paging"]?["cursors"]?["after"]?.text
    }
}

/// What came back over the wire, undecided.
struct RawAnswer: Sendable {
    let status: Int
    let headers: [(name: String, value: String)]
    let body: [UInt8]

    /// Decides what an answer is. A write that was answered by anything but the Graph API is lost: it may have been done.
    func decide(for request: GraphRequest, credentials: GraphCredentials) throws(GraphError) -> GraphAnswer {
        let json: JSON
        do throws(JSONError) {
            json = try JSON.parse(body)
        } catch {
            throw request.isWrite ? .answerLost(.unreadable) : .unreadable(status: status, fault)
        }
        let usage = UsageHeaders.read(headers, account: request.account)
        if let refusal = ErrorDocument.read(json, status: status, usage: usage, target: request.target, credentials: credentials)
        {
            throw .refused(refusal)
        }
        guard (200...299).contains(status), isMeant(json, request) else {
            throw request.isWrite ? .answerLost(.unreadable) : .unreadable(status: status, .unexpected)
        }
        return GraphAnswer(json: json, status: status, traceID: traceID, usage: usage)
    }

    var traceID: String {
        let names = ["x-fb-trace-id", "x-fb-request-id"]
        return names.lazy.compactMap { name in headers.first { $0.name.lowercased() == name }?.value }.first ?? ""
    }

    private func isMeant(_ json: JSON, _ request: GraphRequest) -> Bool {
        switch request.shape {
        case .success: json["success"]?.truth == true
        case .list: if case .array? = json["data"] { true } else { false }
        case .object: json["id"]?.id != nil || json["id"]?.text != nil
        case .message: json["message_id"]?.text != nil
        case .receipt: json["events_received"]?.integer != nil && json["messages"] != nil && json["fbtrace_id"]?.text != nil
        }
    }

    private var fault: GraphError.AnswerFault {
        let text = body.drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
        guard let first = text.first else { return .empty }
        return first == UInt8(ascii: "{") || first == UInt8(ascii: "[") ? .truncated : .html
    }
}
