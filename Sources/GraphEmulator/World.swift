/// Everything the emulator knows and remembers; one request at a time goes through it.
struct World: Sendable {
    var clock: EmulatorClock
    var tree: AdTree
    var pages: PageTree
    var ledger = EventLedger()
    let futureSeconds: Int64
    var store = FigureStore()
    var doorkeeper: Doorkeeper
    var usage: UsageLedger
    var faults: [ScriptedFault]
    var log: RequestLog
    let version: String
    let proofUsesOwnClock: Bool
    let machineUs: @Sendable () -> Int64

    /// With a clock of the embedder's, that is the time, whatever the scenario says.
    init(
        _ scenario: Scenario, logFile: String?, machineUs: @escaping @Sendable () -> Int64,
        clock given: (@Sendable () -> Int64)? = nil
    ) throws(ScenarioError) {
        self.machineUs = machineUs
        clock =
            if let given {
                EmulatorClock(startMs: nil, frozen: false, machine: given)
            } else {
                EmulatorClock(startMs: scenario.startMs, frozen: scenario.frozen, machine: { machineUs() / 1000 })
            }
        tree = scenario.tree
        pages = scenario.pages
        futureSeconds = scenario.futureSeconds
        version = scenario.version
        proofUsesOwnClock = scenario.proofUsesOwnClock || given != nil
        faults = scenario.faults
        usage = UsageLedger(isStandardTier: scenario.isStandardTier, enforces: scenario.enforcesLimits)
        doorkeeper = Doorkeeper(apps: scenario.apps, tokens: scenario.tokens, requiresProof: scenario.requiresProof)
        log = try RequestLog(file: logFile, secrets: scenario.tokens.map(\.token) + scenario.apps.map(\.secret))
        store.refreshMs = scenario.refreshMinutes * 60_000
        let startMs = clock.nowMs
        for index in faults.indices { faults[index].start(nowMs: startMs) }
        ledger = EventLedger(isBrief: scenario.keepsEventsBriefly)
        for row in scenario.rows.compactMap({ $0.row(in: tree, startMs: startMs) }) { store.add(row) }
        if !pages.pages.order.isEmpty { _ = try pages.read(ScenarioEntry(yaml: scenario.source), nowMs: startMs, ads: tree) }
    }

    var secrets: [String: String] { doorkeeper.apps }

    /// A request that came in: its number, and the fault that waits for it.
    struct Ticket: Sendable {
        let n: Int
        let fault: ScriptedFault?
    }

    /// Counts a request; the fault may ask for a delay before the work.
    mutating func admit(_ request: GraphRequest) -> Ticket {
        let n = log.number()
        let params = request.parameters
        let nowMs = clock.nowMs
        for index in faults.indices
        where faults[index].meets(method: request.method, path: request.path, params: params, nowMs: nowMs) {
            return Ticket(n: n, fault: faults[index])
        }
        return Ticket(n: n, fault: nil)
    }

    /// Does the work of a request (unless a fault forbids it), writes the log, and makes the answer.
    mutating func answer(_ request: GraphRequest, _ ticket: Ticket) -> GraphAnswer {
        let nowMs = clock.nowMs
        let proofNowMs = proofUsesOwnClock ? nowMs : machineUs() / 1000
        let access = doorkeeper.access(request, proofNowMs: proofNowMs, nowMs: nowMs)
        var outcome = ticket.fault.map(\.lets) == false ? Outcome() : work(request, access, n: ticket.n, nowMs)
        if outcome.call == nil { outcome.call = call(request, access.token) }
        if outcome.op == "unknown" { outcome.op = outcome.call?.op ?? Self.op(request) }
        if outcome.account == nil { outcome.account = accountNumber(request) }
        let trace = Self.trace(ticket.n)
        var answer = GraphAnswer(status: 200, body: [])
        var code: GraphFailure? = outcome.failure
        if let fault = ticket.fault, let failure = fault.failure { code = failure }
        lay(ticket.fault, over: outcome, trace: trace, on: &answer)
        answer.headers += headers(request, outcome.account, trace, code, nowMs)
        for header in ticket.fault?.headers ?? [] {
            answer.headers.removeAll { $0.name.lowercased() == header.name.lowercased() }
            answer.headers.append(header)
        }
        log.append(entry(request, ticket, access, outcome, answer, code, trace, nowMs))
        return answer
    }

    static func trace(_ n: Int) -> String { "A" + pad(n, 11) }

    /// What a request would be, when it was not worked on.
    private static func op(_ request: GraphRequest) -> String {
        switch (request.method, request.segments.count) {
        case ("GET", 2) where request.segments[1] == "insights": "insights"
        case ("GET", 2): "edge"
        case ("GET", 1): "node"
        case ("POST", 1): "write"
        case ("DELETE", 1): "delete"
        case _: "unknown"
        }
    }

    func accountNumber(_ request: GraphRequest) -> String? { request.segments.first.flatMap { tree[$0]?.account } }

    private mutating func headers(
        _ request: GraphRequest, _ account: String?, _ trace: String, _ failure: GraphFailure?, _ nowMs: Int64
    ) -> [(name: String, value: String)] {
        var headers = [
            ("facebook-api-version", request.version ?? version), ("x-fb-request-id", trace), ("x-fb-trace-id", trace),
            ("x-fb-rev", "1020260729"),
        ]
        if let failure { headers.append(("WWW-Authenticate", failure.authenticate)) }
        return headers + usage.headers(account: account.flatMap { tree.accounts[$0] }, nowMs: nowMs)
    }

    private func entry(
        _ request: GraphRequest, _ ticket: Ticket, _ access: Access, _ outcome: Outcome, _ answer: GraphAnswer,
        _ failure: GraphFailure?, _ trace: String, _ nowMs: Int64
    ) -> LogEntry {
        let isAds = outcome.call == nil && outcome.account != nil
        let shown = { (params: [String: String]) in GraphRequest.shown(params, isAds: isAds) }
        let lost = answer.delivery == .lost
        return LogEntry(
            n: ticket.n, atMs: nowMs, wallUs: machineUs(), method: request.method, path: request.path,
            version: request.version ?? version, op: outcome.op, account: outcome.account, query: shown(request.query),
            form: shown(request.form), auth: access.place.rawValue, token: access.tokenWord, tokenName: access.token?.name,
            proof: access.proof.rawValue, status: lost ? nil : answer.status, code: failure?.code, subcode: failure?.subcode,
            trace: trace, rows: outcome.rows, ids: outcome.ids, changed: outcome.changed,
            validateOnly: Edit.isValidateOnly(request.parameters), fault: ticket.fault?.name, lost: lost,
            call: outcome.call?.name, page: outcome.call?.page, dataset: outcome.call?.dataset, events: outcome.events,
            accepted: outcome.accepted)
    }
}
