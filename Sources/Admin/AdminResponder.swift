import Core
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Signing
import Storage

/// Finds the endpoint, lets in who may, checks what was sent, and turns every refusal into one form.
struct AdminResponder: HTTPResponder {
    typealias Context = BasicRequestContext

    let endpoints: [Endpoint]
    let gatekeeper: Gatekeeper
    let nowMs: @Sendable () -> Int64
    let logger: Logger

    func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
        let id = RandomBytes.hex(8)
        var response = await answer(request, id: id)
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[Self.requestID] = id
        response.headers[Self.referrerPolicy] = "no-referrer"
        response.headers[Self.resourcePolicy] = "same-origin"
        return request.method == .head ? response.createHeadResponse() : response
    }

    private static let requestID = HTTPField.Name("X-Request-Id")!
    private static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
    private static let resourcePolicy = HTTPField.Name("Cross-Origin-Resource-Policy")!

    private func answer(_ request: Request, id: String) async -> Response {
        do {
            return try await run(request, id: id)
        } catch let problem as Problem {
            return problem.response(requestID: id)
        } catch let error as StoreError {
            logger.warning("The admin port could not read the store.", metadata: ["error": "\(error)", "request_id": "\(id)"])
            return Problem.storeAway.response(requestID: id)
        } catch {
            logger.error(
                "The admin port could not do what it was asked.", metadata: ["error": "\(error)", "request_id": "\(id)"])
            return Problem(.internalServerError, code: "internal", message: "It could not be done; the log has the reason.")
                .response(requestID: id)
        }
    }

    private func run(_ request: Request, id: String) async throws -> Response {
        let target = request.head.path ?? "/"
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let (endpoint, inPath) = try find(request.method, path: parts[0])
        let now = nowMs()
        let caller = try gatekeeper.admit(request, to: endpoint, nowMs: now)
        let query = try Query(parts.count > 1 ? parts[1] : "")
        let values = try values(endpoint, query, inPath)
        return try await endpoint.run(
            Call(request: request, id: id, caller: caller, values: values, nowMs: now, logger: logger))
    }

    /// Throws 404 for a path that is not served, 405 for a method that it does not take.
    private func find(_ method: HTTPRequest.Method, path: Substring) throws(Problem) -> (Endpoint, [String: String]) {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        var allowed: [String] = []
        let wanted = method == .head ? .get : method
        // `/v1/events/retry` is no event's.
        let exact = endpoints.filter { $0.path == path }
        for endpoint in exact.isEmpty ? endpoints : exact {
            guard let values = endpoint.match(segments) else { continue }
            if endpoint.method == wanted { return (endpoint, values) }
            allowed.append(endpoint.method.rawValue)
            if endpoint.method == .get { allowed.append(HTTPRequest.Method.head.rawValue) }
        }
        guard !allowed.isEmpty else {
            throw Problem(
                .notFound, code: "path_unknown", message: "Nothing is served at this path; /openapi.json lists what is.")
        }
        var problem = Problem(
            .methodNotAllowed, code: "method_refused", message: "Here it is: \(allowed.joined(separator: ", ")).")
        problem.headers[.allow] = allowed.joined(separator: ", ")
        throw problem
    }

    /// Checked values of path and query, by name.
    private func values(_ endpoint: Endpoint, _ query: Query, _ inPath: [String: String]) throws(Problem) -> [String: String] {
        var values = inPath
        for (name, value) in query.values {
            guard endpoint.parameters.contains(where: { $0.place == .query && $0.name == name }) else {
                throw .parameterUnknown(name, at: endpoint)
            }
            values[name] = value
        }
        for parameter in endpoint.parameters where parameter.place != .header {
            if let value = values[parameter.name] { try parameter.check(value) }
        }
        return values
    }
}

extension Problem {
    /// Says which there are: a filter that is misspelt and not refused would list everything.
    fileprivate static func parameterUnknown(_ name: String, at endpoint: Endpoint) -> Problem {
        let names = endpoint.parameters.filter { $0.place == .query }.map(\.name)
        let known = names.isEmpty ? "It takes none." : "It takes: \(names.joined(separator: ", "))."
        return Problem(
            .badRequest, code: "parameter_unknown", message: "There is no such parameter here. \(known)", param: Query.short(name)
        )
    }
}
