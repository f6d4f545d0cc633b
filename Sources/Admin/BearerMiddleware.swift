import HTTPTypes
import Hummingbird
import Signing

/// Lets nobody through without the admin token, compared in constant time.
struct BearerMiddleware<Context: RequestContext>: RouterMiddleware {
    let token: String

    func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        let header = request.headers[.authorization] ?? ""
        let prefix = "Bearer "
        guard header.hasPrefix(prefix), constantTimeEqual(String(header.dropFirst(prefix.count)), token) else {
            throw Problem(.unauthorized, code: "token_refused", message: "Send the admin token as \"Authorization: Bearer …\".")
        }
        return try await next(request, context)
    }
}
