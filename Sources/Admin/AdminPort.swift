package import Core
import HTTPTypes
import Hummingbird
package import Logging
import NIOCore
import Signing
package import Storage

/// What an operator may have done through the admin port. The rooms that do it are wired in by the gateway.
package struct AdminActions: Sendable {
    /// Stops writes of a workspace, or of all with `*`; returns when none is under way any more. `untilMs`: ends by itself.
    package let hold: @Sendable (_ scope: String, _ untilMs: Int64?) async throws -> Void
    /// Lets writes go on; the number of released messages.
    package let release: @Sendable (_ scope: String) async throws -> Int
    /// Starts again what is dead of a lead; nil when nobody knows the lead.
    package let retryLead: @Sendable (_ id: String) async throws -> (jobs: Int, messages: Int)?
    /// Starts again what is dead of these events.
    package let retryEvents: @Sendable (_ ids: [Int64]) async throws -> (jobs: Int, messages: Int)
    /// Empties what a lead or people left.
    package let erase: @Sendable (_ erasure: Erasure) async throws -> EraseReport
    /// Workspaces that exist; others are refused.
    package let workspaces: Set<String>

    package init(
        workspaces: Set<String>, hold: @escaping @Sendable (String, Int64?) async throws -> Void,
        release: @escaping @Sendable (String) async throws -> Int,
        retryLead: @escaping @Sendable (String) async throws -> (jobs: Int, messages: Int)?,
        retryEvents: @escaping @Sendable ([Int64]) async throws -> (jobs: Int, messages: Int),
        erase: @escaping @Sendable (Erasure) async throws -> EraseReport
    ) {
        self.workspaces = workspaces
        self.hold = hold
        self.release = release
        self.retryLead = retryLead
        self.retryEvents = retryEvents
        self.erase = erase
    }
}

/// Where the admin port listens and who may speak to it.
package struct AdminSettings: Sendable {
    package let host: String
    /// 0: any free port.
    package let port: Int
    package let token: String

    package init(host: String, port: Int, token: String) {
        self.host = host
        self.port = port
        self.token = token
    }
}

/// The port for operators and their tools, on loopback.
package struct AdminPort: Sendable {
    private let settings: AdminSettings
    private let actions: AdminActions
    private let logger: Logger

    package init(settings: AdminSettings, actions: AdminActions, logger: Logger) {
        self.settings = settings
        self.actions = actions
        self.logger = logger
    }

    /// Serves until the task is cancelled. `started` is told the port once the socket is open.
    package func run(started: @escaping @Sendable (Int) async -> Void) async throws {
        let router = Router()
        router.middlewares.add(ProblemMiddleware())
        router.middlewares.add(BearerMiddleware(token: settings.token))
        router.get("/v1/status") { _, _ in try answer(["status": "serving"]) }
        router.post("/v1/hold") { request, _ in try await hold(request) }
        router.post("/v1/release") { request, _ in try await release(request) }
        router.post("/v1/erase") { request, _ in try await erase(request) }
        router.post("/v1/events/retry") { request, _ in try await retryEvents(request) }
        router.post("/v1/leads/:id/retry") { _, context in try await retryLead(context.parameters.get("id") ?? "") }
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let application = Application(
            router: router, configuration: .init(address: .hostname(settings.host, port: settings.port), serverName: nil),
            onServerRunning: { channel in await started(channel.localAddress?.port ?? settings.port) }, logger: quiet)
        try await application.run()
    }

    private func hold(_ request: Request) async throws -> Response {
        let body = try await document(request)
        let scope = try scope(in: body)
        let untilMs = try until(in: body)
        try await actions.hold(scope, untilMs)
        WritesHeld(scope: scope).emit(to: logger)
        return try answer(["scope": .string(scope), "until_ms": untilMs.map { .integer($0) } ?? .null, "held": true])
    }

    private func release(_ request: Request) async throws -> Response {
        let scope = try scope(in: try await document(request))
        let released = try await actions.release(scope)
        WritesReleased(scope: scope, released: released).emit(to: logger)
        return try answer(["scope": .string(scope), "released": .integer(released), "held": false])
    }

    /// So many events at once, so that other writes get their turn in between.
    private static let retryMax = 500

    private func retryEvents(_ request: Request) async throws -> Response {
        let items = try await document(request)["ids"]?.items ?? []
        let ids = items.compactMap { $0.integer }
        guard !ids.isEmpty, ids.count == items.count, ids.count <= Self.retryMax else {
            throw Problem(
                .badRequest, code: "ids_invalid", message: "ids must be 1 to \(Self.retryMax) numbers of events.", param: "ids")
        }
        let retried = try await actions.retryEvents(ids)
        return try answer(["jobs": .integer(retried.jobs), "messages": .integer(retried.messages)])
    }

    private func erase(_ request: Request) async throws -> Response {
        guard let erasure = Erasure(try await document(request)) else {
            throw Problem(
                .badRequest, code: "erasure_invalid",
                message: "Send lead, or people as keys such as em:<sha256>; workspace or null.")
        }
        if let workspace = erasure.workspace, !actions.workspaces.contains(workspace) {
            throw Problem(.badRequest, code: "workspace_unknown", message: "There is no such workspace.", param: "workspace")
        }
        let report = try await actions.erase(erasure)
        PeopleErased(rows: report.total, messages: report.messages).emit(to: logger)
        return try answer(report.json)
    }

    private func retryLead(_ id: String) async throws -> Response {
        guard let retried = try await actions.retryLead(id) else {
            throw Problem(.notFound, code: "lead_unknown", message: "No lead of this id is stored or waiting to be read.")
        }
        return try answer(["lead_id": .string(id), "jobs": .integer(retried.jobs), "messages": .integer(retried.messages)])
    }

    private func document(_ request: Request) async throws -> JSON {
        let buffer: ByteBuffer
        do {
            buffer = try await request.body.collect(upTo: 64 * 1024)
        } catch is NIOTooManyBytesError {
            throw Problem(.contentTooLarge, code: "body_too_large", message: "The body is larger than 64 KiB.")
        }
        do {
            return try JSON.parse(Array(buffer.readableBytesView))
        } catch {
            throw Problem(.badRequest, code: "body_unreadable", message: "The body is no JSON document: \(error.sentence)")
        }
    }

    private func scope(in body: JSON) throws -> String {
        guard let scope = body["scope"]?.text, scope == "*" || actions.workspaces.contains(scope) else {
            let known = (["*"] + actions.workspaces.sorted()).joined(separator: ", ")
            throw Problem(.badRequest, code: "scope_unknown", message: "scope must be one of: \(known).", param: "scope")
        }
        return scope
    }

    /// Nil: until it is released. What is no time is refused: a hold that was to end would otherwise not.
    private func until(in body: JSON) throws -> Int64? {
        switch body["until_ms"] {
        case nil, .null?: return nil
        case let value?:
            guard let untilMs = value.integer else {
                throw Problem(
                    .badRequest, code: "until_invalid", message: "until_ms must be milliseconds since 1970.", param: "until_ms")
            }
            return untilMs
        }
    }

    private func answer(_ document: JSON) throws -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: document.bytes())))
    }
}
