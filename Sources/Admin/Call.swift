import Core
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Storage

/// One admitted request, with parameters that have been checked.
struct Call: Sendable {
    let request: Request
    let id: String
    /// Nil where anybody may ask.
    let caller: Caller?
    let values: [String: String]
    let nowMs: Int64
    let logger: Logger

    func text(_ name: String) -> String? { values[name] }

    func number(_ name: String) -> Int64? { values[name].flatMap(Parameter.number) }

    /// An id; one that is too large for any row is one that no row has.
    func rowID(_ name: String) -> Int64? {
        values[name].map { min(Parameter.number($0) ?? .max, Parameter.idMax) }
    }

    func choice<T: RawRepresentable>(_ name: String, _ type: T.Type) -> T? where T.RawValue == String {
        values[name].flatMap(T.init(rawValue:))
    }

    var limit: Int { Int(number("limit") ?? Self.limitFallback) }

    static let limitFallback: Int64 = 50
    static let limitMax: Int64 = 200

    /// Where the list goes on: from its newest row, or after an id to follow it; behind a cursor, which knows its way, whatever began it.
    func place(of list: String) throws(Problem) -> ListPlace {
        guard let text = text("cursor") else { return rowID("after").map { .after($0) } ?? .before(.max) }
        guard let cursor = ListCursor(text, of: list) else { throw .cursorInvalid }
        return cursor.place
    }

    private static let bodyBytesMax = 64 * 1024

    /// The body as a JSON document.
    func document() async throws -> JSON {
        let buffer: ByteBuffer
        do {
            buffer = try await request.body.collect(upTo: Self.bodyBytesMax)
        } catch is NIOTooManyBytesError {
            throw Problem(.contentTooLarge, code: "body_too_large", message: "The body is larger than 64 KiB.")
        }
        do {
            return try JSON.parse(Array(buffer.readableBytesView))
        } catch {
            throw Problem(.badRequest, code: "body_unreadable", message: "The body is no JSON document: \(error.sentence)")
        }
    }
}

extension Response {
    static func document(_ document: JSON, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: document.bytes())))
    }

    static func text(_ text: String, type: String, headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.contentType] = type
        if headers[.cacheControl] == nil { headers[.cacheControl] = "no-store" }
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    /// A part of a list. Who follows gets a place to go on from even where nothing has come.
    static func list<Row>(
        _ listed: Listed<Row>, of list: String, from place: ListPlace, _ document: (Row) -> JSON, last: (Row) -> Int64
    )
        -> Response
    {
        let next: ListPlace?
        switch place {
        case .before: next = listed.next.map { .before($0) }
        case .after: next = .after(listed.next ?? listed.rows.last.map(last) ?? place.id)
        }
        let cursor = next.map { ListCursor(list: list, place: $0).text }
        return .document(["data": .array(listed.rows.map(document)), "next_cursor": .text(cursor)])
    }
}

extension ListPlace {
    fileprivate var id: Int64 {
        switch self {
        case .before(let id), .after(let id): id
        }
    }
}
