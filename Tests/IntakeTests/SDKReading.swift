import Foundation

/// What `EventRequest.execute()` of Meta's SDKs makes of an answer: facebook-business 26.0.3 for Python, 26.0.0 for Node and for Java,
/// 25.0.1 for PHP, each run against a server that gave such answers. `SDKReadingTests` holds what was seen.
enum SDKReading: CaseIterable {
    case python, node, php, java

    enum Verdict: Equatable {
        /// It returned, with so many events received.
        case taken(Int)
        /// It threw its own class for a refusal.
        case refused
        /// It threw something else, so that nobody learns what was wrong.
        case broken
        /// It returned as if all were well, and without a number.
        case misled
    }

    /// In the order of the cases.
    static func verdicts(status: Int, body: String) -> [Verdict] {
        let document = try? JSONSerialization.jsonObject(with: Data(body.utf8), options: .fragmentsAllowed)
        let members = document as? [String: Any]
        return allCases.map { client in
            switch client {
            case .python: python(status, body, members)
            case .node: node(status, members)
            case .php: php(members)
            case .java: java(status, members)
            }
        }
    }

    static func verdicts(_ answer: WebAnswer) -> [Verdict] { verdicts(status: answer.status, body: answer.body) }

    static func all(_ verdict: Verdict) -> [Verdict] { allCases.map { _ in verdict } }

    /// What `CAPIGatewayEndpoint` makes of it, in Java and PHP: it looks at the status alone.
    static func gateway(_ answer: WebAnswer) -> Verdict { answer.status == 202 ? .taken(1) : .refused }

    private static func python(_ status: Int, _ body: String, _ members: [String: Any]?) -> Verdict {
        if let error = members?["error"] { return isPythonError(error) ? .refused : .broken }
        guard isPythonSuccess(status, body, members) else { return members == nil && body.contains("error") ? .broken : .refused }
        guard let members, members["fbtrace_id"] != nil, members["messages"] != nil else { return .broken }
        return .taken(members["events_received"] as? Int ?? 0)
    }

    /// `error` has to be an object, and its `error_data` another or a text that holds JSON.
    private static func isPythonError(_ error: Any) -> Bool {
        guard let error = error as? [String: Any] else { return false }
        guard let data = error["error_data"], !(data is [String: Any]) else { return true }
        guard let text = data as? String else { return false }
        return (try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)) != nil
    }

    private static func isPythonSuccess(_ status: Int, _ body: String, _ members: [String: Any]?) -> Bool {
        if body.isEmpty || members?.isEmpty == true { return status == 200 || status == 304 }
        guard let members else { return !body.contains("Service Unavailable") }
        if let success = members["success"] { return success as? Bool ?? true }
        return members["Service Unavailable"] == nil
    }

    private static func node(_ status: Int, _ members: [String: Any]?) -> Verdict {
        if (200..<300).contains(status) { return count(members) }
        guard let members else { return .broken }
        return members["error"] is String ? .broken : .refused
    }

    private static func php(_ members: [String: Any]?) -> Verdict {
        guard let members else { return .broken }
        guard let error = members["error"] else { return count(members) }
        return error is [String: Any] ? .refused : .broken
    }

    private static func java(_ status: Int, _ members: [String: Any]?) -> Verdict {
        guard (200..<300).contains(status) else { return .refused }
        guard let members, members["data"] == nil, members["images"] == nil else { return .broken }
        return count(members)
    }

    private static func count(_ members: [String: Any]?) -> Verdict {
        (members?["events_received"] as? Int).map { .taken($0) } ?? .misled
    }
}
