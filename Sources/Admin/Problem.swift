import Core
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Signing

/// An error as the admin port answers it: `{"error": {"type", "code", "message", "param", "request_id"}}`.
struct Problem: Error {
    let status: HTTPResponse.Status
    let code: String
    let message: String
    let param: String?

    init(_ status: HTTPResponse.Status, code: String, message: String, param: String? = nil) {
        self.status = status
        self.code = code
        self.message = message
        self.param = param
    }

    private var type: String { status.code >= 500 ? "gateway_error" : "invalid_request_error" }

    func response(requestID: String) -> Response {
        let document: JSON = [
            "error": [
                "type": .string(type), "code": .string(code), "message": .string(message), "param": .text(param),
                "request_id": .string(requestID),
            ]
        ]
        return Response(
            status: status, headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(bytes: document.bytes())))
    }
}

/// Turns every error into a `Problem`, so that no caller ever reads anything but one form.
struct ProblemMiddleware<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let problem as Problem {
            return problem.response(requestID: context.problemID)
        } catch let error as HTTPError {
            return Problem(error.status, code: "http_\(error.status.code)", message: error.body ?? error.status.reasonPhrase)
                .response(requestID: context.problemID)
        } catch {
            context.logger.error("The admin port could not do what it was asked.", metadata: ["error": "\(error)"])
            return Problem(.internalServerError, code: "internal", message: "It could not be done; the log has the reason.")
                .response(requestID: context.problemID)
        }
    }
}

extension RequestContext {
    /// The id that the log has for the request. `id` itself ends the process where a log handler keeps no metadata.
    fileprivate var problemID: String {
        logger[metadataKey: "hb.request.id"].map { "\($0)" } ?? RandomBytes.hex(8)
    }
}
