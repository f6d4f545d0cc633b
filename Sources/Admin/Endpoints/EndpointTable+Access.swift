import Core
import HTTPTypes
import Hummingbird
import Logging

/// Who is asking, and how much is said in the log.
extension EndpointTable {
    var access: [Endpoint] { [status, whoAmI, logIn, logOut, logLevel, setLogLevel] }

    private var status: Endpoint {
        Endpoint(
            method: .get, path: "/v1/status", name: "status", summary: "That the gateway serves, and since when.", access: .read,
            answer: .document("Status"),
            run: { call in
                .document(["status": "serving", "since_ms": .integer(startedAtMs), "now_ms": .integer(call.nowMs)])
            })
    }

    private var whoAmI: Endpoint {
        Endpoint(
            method: .get, path: "/v1/session", name: "showSession",
            summary: "Whose token or session this is, and what it is good for.",
            access: .read, answer: .document("Session"),
            run: { call in
                let endsAtMs =
                    call.request.headers[.authorization] == nil
                    ? gatekeeper.cookie(of: call.request).flatMap { gatekeeper.sessions.caller($0, nowMs: call.nowMs)?.endsAtMs }
                    : nil
                return .document(Self.session(call.caller, endsAtMs: endsAtMs))
            })
    }

    private var logIn: Endpoint {
        Endpoint(
            method: .post, path: "/v1/session", name: "logIn",
            summary: "Takes a token and gives a cookie for a browser; it ends after 12 hours, or one without a request.",
            access: .open,
            parameters: [
                Parameter(
                    name: "X-Touchstone", place: .header, kind: .text(max: 64), about: "Any value; other sites can't send it.")
            ],
            body: .init(schema: [
                "type": "object", "required": ["token"],
                "properties": ["token": ["type": "string", "description": "An admin token."]],
            ]), answer: .document("Session"),
            run: { call in
                guard call.request.headers[Gatekeeper.ownHeader] != nil else {
                    throw Problem(
                        .badRequest, code: "header_missing", message: "Send the header X-Touchstone, with any value.",
                        param: "X-Touchstone")
                }
                guard let token = try await call.document()["token"]?.text else {
                    throw Problem(.badRequest, code: "token_missing", message: "Send an object with a token.", param: "token")
                }
                guard let caller = gatekeeper.caller(token: token) else {
                    LogInRefused(requestID: call.id).emit(to: call.logger)
                    throw Problem.unauthorized
                }
                let session = gatekeeper.sessions.open(caller, nowMs: call.nowMs)
                LoggedIn(token: caller.name).emit(to: call.logger)
                var response = Response.document(Self.session(caller, endsAtMs: session.endsAtMs))
                response.headers[.setCookie] = gatekeeper.setCookie(session.id, seconds: Sessions.lifeMs / 1_000)
                return response
            })
    }

    private var logOut: Endpoint {
        Endpoint(
            method: .delete, path: "/v1/session", name: "logOut", summary: "Ends the session of the cookie.", access: .read,
            answer: .document("LoggedOut"),
            run: { call in
                if let id = gatekeeper.cookie(of: call.request) { gatekeeper.sessions.close(id) }
                var response = Response.document(["ended": true])
                response.headers[.setCookie] = gatekeeper.setCookie("", seconds: 0)
                return response
            })
    }

    private var logLevel: Endpoint {
        Endpoint(
            method: .get, path: "/v1/log-level", name: "showLogLevel", summary: "From which level on the process logs.",
            access: .read,
            answer: .document("LogLevel"), run: { _ in .document(["level": .string(telemetry.logLevel().rawValue)]) })
    }

    private var setLogLevel: Endpoint {
        Endpoint(
            method: .post, path: "/v1/log-level", name: "setLogLevel",
            summary: "Changes from which level on the process logs, until it is changed again or the process ends.", access: .act,
            body: .init(schema: [
                "type": "object", "required": ["level"], "properties": ["level": ["type": "string", "enum": Self.levels]],
            ]), answer: .document("LogLevel"),
            run: { call in
                guard let level = try await call.document()["level"]?.text.flatMap(Logger.Level.init(rawValue:)) else {
                    let words = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
                    throw Problem(.badRequest, code: "level_unknown", message: "level must be one of: \(words).", param: "level")
                }
                telemetry.setLogLevel(level)
                LogLevelSet(level: level.rawValue, token: call.caller?.name ?? "").emit(to: call.logger)
                return .document(["level": .string(level.rawValue)])
            })
    }

    private static let levels = JSON.array(Logger.Level.allCases.map { .string($0.rawValue) })

    private static func session(_ caller: Caller?, endsAtMs: Int64?) -> JSON {
        [
            "name": .string(caller?.name ?? ""), "may": .string(caller?.may.rawValue ?? ""),
            "ends_at_ms": endsAtMs.map { .integer($0) } ?? .null,
        ]
    }
}
