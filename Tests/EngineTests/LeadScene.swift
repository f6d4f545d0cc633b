import Core
import Engine
import GraphEmulator
import Logging
import Outbound
import Storage
import Synchronization
import TestSupport

/// Page 7243 of Belmonte with a form, its leads, and the chain that brings them to a CRM.
enum LeadScene {
    static let secret = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    static let chain = [
        ChainStep(handler: "fetch_lead"), ChainStep(handler: "store_lead"), ChainStep(handler: "forward_lead", argument: "crm"),
        ChainStep(handler: "touch"),
    ]

    /// A lead of form 5 and ad 1111, unless `more` says otherwise.
    static func lead(
        _ id: Int, _ more: String = "ad: \"1111\"", fields: String = #"{full_name: "Joe Example", email: joe@example.com}"#
    ) -> String {
        #"{id: "\#(id)", form: "5", created: "2026-11-20T11:59:00Z", fields: \#(fields), \#(more)}"#
    }

    static func scene(_ leads: [String] = [lead(444)], page: String = "") -> String {
        Scene.base + """

            pages: [{id: "7243", name: "Belmonte Shop", token: PAGE-TOKEN, token_name: page, app: "123"\(page)}]
            forms: [{id: "5", page: "7243", name: "Angebot – Größe"}]
            leads:
            \(leads.map { "  - \($0)" }.joined(separator: "\n"))
            """
    }

    static func setup(_ url: String, form: DestinationForm = .json, _ change: (inout Setup) -> Void = { _ in }) throws -> Setup {
        let crm = try Destination(name: "crm", url: url, form: form, secret: secret, timeoutMs: 1_000, perSecond: 1_000)
        return Setup {
            $0.chains = [chain]
            $0.destinations = [crm]
            change(&$0)
        }
    }

    /// A world with a CRM before it; both end with `body`.
    static func with(
        _ leads: [String] = [lead(444)], page: String = "", form: DestinationForm = .json, faults: String? = nil,
        setup change: (inout Setup) -> Void = { _ in }, _ body: (World, Receiver) async throws -> Void
    ) async throws {
        let crm = try Receiver()
        defer { crm.stop() }
        try await World.with(try setup(crm.url + "/hooks", form: form, change), scene: scene(leads, page: page), faults: faults) {
            try await body($0, crm)
        }
    }
}

extension World {
    func lead(_ id: Int) async throws -> StoredLead? {
        try await store.read { try $0.lead(workspace: "belmonte", leadID: "\(id)") }
    }

    func states(_ ids: [Int]) async throws -> [LeadState?] {
        var states: [LeadState?] = []
        for id in ids { states.append(try await lead(id)?.state) }
        return states
    }

    func attempts() async throws -> [SendAttempt] {
        let messages = try await messages()
        return try await store.read { transaction in try messages.flatMap { try transaction.attempts(of: $0.id) } }
    }

    /// Leads that count for an entity.
    func counted(_ level: EntityLevel, _ id: String) async throws -> Int64 {
        try await store.read {
            try $0.ownFigures(workspace: "belmonte", ref: EntityRef(level, id), sinceMs: 0, untilMs: .max).leads
        }
    }

    func job() async throws -> StoredJob {
        guard let event = try await store.read({ try $0.events(EventFilter(), limit: 1) }).first?.event,
            let job = try await store.read({ try $0.event(event.id) })?.jobs.first
        else { throw NotInTime(description: "there is no job") }
        return job
    }

    /// How often a node was read.
    func reads(of node: String) -> Int { emulator.log().filter { $0.path == "/\(node)" }.count }

    /// Moves the clock on until it holds, in steps that are shorter than a lease: gates are asked about as time goes by.
    func goOn(until what: String, stepMs: Int64 = 15_000, _ holds: () async throws -> Bool) async throws {
        try await eventually(what, withinMs: 60_000) {
            try await settle()
            if try await holds() { return true }
            try advance(ms: stepMs)
            return false
        }
    }
}

/// Keeps log lines with all their facts.
final class LogLines: Sendable {
    private let kept = Mutex<[String]>([])

    var text: String { kept.withLock { $0.joined(separator: "\n") } }

    var logger: Logger {
        var logger = Logger(label: "engine", factory: { _ in Handler(lines: self) })
        logger.logLevel = .trace
        return logger
    }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(
            level: Logger.Level, message: Logger.Message, metadata more: Logger.Metadata?, source: String, file: String,
            function: String, line: UInt
        ) {
            lines.kept.withLock { $0.append("\(level) \(message) \(metadata) \(more ?? [:])") }
        }
    }
}
