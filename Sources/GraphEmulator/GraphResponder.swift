import HTTPTypes
import Hummingbird
import NIOCore

/// HTTP to the world and back; the connection is treated as the answer says.
struct GraphResponder: HTTPResponder {
    typealias Context = EmulatorContext

    /// Largest body of a request; Meta's own calls stay far below.
    static let bodyBytesMax = 1024 * 1024

    /// Largest body of a batch of events: a thousand of them, escaped twice, are under 3 MB.
    static let eventBytesMax = 16 * 1024 * 1024

    let emulator: Emulator
    let scheme: String

    struct ConnectionClosed: Error {}

    func respond(to request: Request, context: EmulatorContext) async throws -> Response {
        let body = await Self.body(of: request, context.channel)
        let target = request.uri.description
        guard target.hasPrefix("/_emulator/") else { return try await graph(request, target, body, context) }
        switch body {
        case .success(let bytes): return await Control(emulator: emulator).respond(request.method.rawValue, target, bytes)
        case .failure(let failure): return Self.response(failure.status, [], failure.document(trace: ""))
        }
    }

    private static func body(of request: Request, _ channel: any Channel) async -> Result<[UInt8], GraphFailure> {
        let bytesMax = request.uri.path.hasSuffix("/events") ? eventBytesMax : bodyBytesMax
        do {
            return .success(Array(try await request.body.collect(upTo: bytesMax).readableBytesView))
        } catch {
            // What is still coming is not read any more.
            channel.close(mode: .input, promise: nil)
            return .failure(GraphFailure(status: 413, code: 1, message: "The request is larger than \(bytesMax) bytes."))
        }
    }

    private func graph(
        _ request: Request, _ target: String, _ body: Result<[UInt8], GraphFailure>, _ context: EmulatorContext
    ) async throws -> Response {
        let authority = request.head.authority ?? "127.0.0.1"
        let read = GraphRequest(
            method: request.method.rawValue, target: target, authorization: request.headers[.authorization],
            contentType: request.headers[.contentType]?.lowercased(), body: body, origin: "\(scheme)://\(authority)")
        let ticket = emulator.with { world in world.admit(read) }
        if let fault = ticket.fault, fault.delayBeforeMs > 0 { try await Task.sleep(for: .milliseconds(fault.delayBeforeMs)) }
        let answer = emulator.with { world in world.answer(read, ticket) }
        if answer.delayMs > 0 { try await Task.sleep(for: .milliseconds(answer.delayMs)) }
        return try await send(answer, context.channel)
    }

    private func send(_ answer: GraphAnswer, _ channel: any Channel) async throws -> Response {
        let status = HTTPResponse.Status(code: answer.status)
        switch answer.delivery {
        case .whole:
            return Response(status: status, headers: Self.fields(answer.headers), body: Self.body(answer.body))
        case .half:
            let half = ByteBuffer(bytes: answer.body.prefix(answer.body.count / 2))
            let body = ResponseBody(contentLength: answer.body.count) { writer in
                try await writer.write(half)
                try await channel.close()
                throw ConnectionClosed()
            }
            return Response(status: status, headers: Self.fields(answer.headers), body: body)
        case .lost:
            try await channel.close()
            throw ConnectionClosed()
        }
    }

    static func fields(_ headers: [(name: String, value: String)]) -> HTTPFields {
        var fields = HTTPFields()
        for header in headers {
            if let name = HTTPField.Name(header.name) { fields.append(HTTPField(name: name, value: header.value)) }
        }
        return fields
    }

    static func body(_ bytes: [UInt8]) -> ResponseBody { ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)) }

    static func response(_ status: Int, _ headers: [(name: String, value: String)], _ document: Value) -> Response {
        Response(
            status: .init(code: status), headers: fields(headers + [("Content-Type", "application/json; charset=UTF-8")]),
            body: body(Array(document.encoded(.meta).utf8)))
    }
}
