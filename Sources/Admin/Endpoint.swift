import Core
import HTTPTypes
import Hummingbird

/// One thing that the admin port answers: what leads there, who may, what it takes and gives, and what it does.
///
/// The port serves this table and `/openapi.json` describes it: what has no description can't be asked for.
struct Endpoint: Sendable {
    enum Access: String, Sendable {
        /// Anybody.
        case open
        case read
        case act

        var need: AdminMay? {
            switch self {
            case .open: nil
            case .read: .read
            case .act: .act
            }
        }
    }

    /// What an answer with 200 holds.
    enum Answer: Sendable {
        /// A JSON document, of a schema by name.
        case document(String)
        /// A list of documents of a schema, with `next_cursor`.
        case list(String)
        /// Anything else, by its media type.
        case text(String)
    }

    /// What a JSON body holds.
    struct Body: Sendable {
        let schema: JSON
    }

    let method: HTTPRequest.Method
    /// `/v1/events/{id}`: a part in braces takes one segment.
    let path: String
    /// The operation's name, for clients that are generated.
    let name: String
    let summary: String
    let access: Access
    var parameters: [Parameter] = []
    var body: Body?
    let answer: Answer
    /// It also answers 404 where what is asked for is not there.
    var mayBeUnknown = false
    let run: @Sendable (Call) async throws -> Response

    /// The values of the parts in braces; nil when the path is another.
    func match(_ segments: [Substring]) -> [String: String]? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == segments.count else { return nil }
        var values: [String: String] = [:]
        for (part, segment) in zip(parts, segments) {
            if part.hasPrefix("{"), part.hasSuffix("}") {
                guard !segment.isEmpty, let value = Query.decode(segment) else { return nil }
                values[String(part.dropFirst().dropLast())] = value
            } else if part != segment {
                return nil
            }
        }
        return values
    }
}
