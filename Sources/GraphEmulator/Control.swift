import Hummingbird

/// What stands under `/_emulator/`: the hands that move the world from outside.
struct Control {
    let emulator: Emulator

    func respond(_ method: String, _ target: String, _ body: [UInt8]) async -> Response {
        let parts = target.dropFirst("/_emulator/".count).split(separator: "?", maxSplits: 1)
        let name = parts.first.map(String.init) ?? ""
        let query = parts.count == 2 ? Self.query(parts[1]) : [:]
        do throws(ScenarioError) {
            if method == "POST", name == "deliver" { return try await deliver(body) }
            // stands for whoever is told: what comes is taken and thrown away
            if method == "POST", name.hasPrefix("receive/") { return Self.document(["received": true]) }
            return try act(method, name, query, String(decoding: body, as: UTF8.self))
        } catch {
            return Self.refusal(400, error.description)
        }
    }

    private static func query(_ text: Substring) -> [String: String] {
        let pairs = text.split(separator: "&").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
        return Dictionary(pairs.map { ($0[0], $0.count == 2 ? $0[1] : "") }) { _, last in last }
    }

    private static func refusal(_ status: Int, _ reason: String) -> Response {
        GraphResponder.response(status, [], ["error": .string(reason)])
    }

    private func act(
        _ method: String, _ name: String, _ query: [String: String], _ body: String
    ) throws(ScenarioError) -> Response {
        switch (method, name) {
        case ("GET", "log"): return log(query)
        case ("GET", "state"): return Self.document(emulator.state())
        case ("GET", "clock"): return clock()
        case ("POST", "clock"):
            try emulator.moveClock(ScenarioEntry(yaml: body))
            return clock()
        case ("GET", "faults"): return Self.document(emulator.faultList())
        case ("POST", "faults"): try emulator.addFaults(ScenarioEntry(yaml: body))
        case ("DELETE", "faults"): emulator.clearFaults()
        case ("POST", "insights"): try emulator.addInsights(ScenarioEntry(yaml: body))
        case ("POST", "edit"): try emulator.edit(ScenarioEntry(yaml: body))
        case ("POST", "token"): try emulator.setToken(ScenarioEntry(yaml: body))
        case ("GET", "events"): return Self.document(emulator.events())
        case ("GET", "events.ndjson"): return events(query)
        case ("POST", "dataset"): try emulator.setDataset(ScenarioEntry(yaml: body))
        case ("POST", "webhook"):
            let value = try ScenarioEntry(yaml: body).value
            let bytes = try Self.webhook(value["webhook"] ?? value, emulator)
            return Self.document(["body": .string(String(decoding: bytes, as: UTF8.self))])
        case ("POST", "add"): return Self.ids(try emulator.add(ScenarioEntry(yaml: body)))
        case ("POST", _):
            guard let kind = PageTree.Kind(rawValue: name) else { return Self.unknown(method, name) }
            return Self.ids(try emulator.add(kind, ScenarioEntry(yaml: body)))
        case _: return Self.unknown(method, name)
        }
        return Self.document(["done": true])
    }

    private static func unknown(_ method: String, _ name: String) -> Response {
        refusal(404, "There is no \(method) /_emulator/\(name).")
    }

    private static func ids(_ ids: [String]) -> Response { document(["ids": .array(ids.map(Value.string))]) }

    private static func webhook(_ value: Value, _ emulator: Emulator) throws(ScenarioError) -> [UInt8] {
        let subjects = try WebhookSubject.read(value)
        return try emulator.with { world throws(ScenarioError) in try world.webhook(subjects) }
    }

    private static func document(_ value: Value) -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json"], body: GraphResponder.body(Array(value.encoded(.plain).utf8))
        )
    }

    private func clock() -> Response { Self.document(["now_ms": .integer(emulator.with { $0.clock.nowMs })]) }

    private func log(_ query: [String: String]) -> Response {
        let since = query["since"].flatMap { Int($0) } ?? 0
        let lines = emulator.with { $0.log.lines(since: since, graphOnly: query["kind"] == "graph") }
        return Self.lines(lines)
    }

    /// `from`, `count` and `brief=true`.
    private func events(_ query: [String: String]) -> Response {
        let from = query["from"].flatMap { Int($0) } ?? 0
        let count = query["count"].flatMap { Int($0) } ?? 10_000
        return Self.lines(emulator.eventLines(from: from, count: count, isBrief: query["brief"] == "true"))
    }

    private static func lines(_ lines: [String]) -> Response {
        let text = lines.map { $0 + "\n" }.joined()
        return Response(
            status: .ok, headers: [.contentType: "application/x-ndjson"], body: GraphResponder.body(Array(text.utf8)))
    }

    private func deliver(_ body: [UInt8]) async throws(ScenarioError) -> Response {
        let value = try? JSONReader.read(body)
        let webhook = try value?["webhook"].map { value throws(ScenarioError) in try Self.webhook(value, emulator) }
        guard let value, let delivery = Delivery(value, webhook: webhook) else {
            return Self.refusal(
                400, "A delivery needs 'url', 'app' or 'secret', and 'object', 'webhook', 'body' or 'body_base64'.")
        }
        let answer = await emulator.deliver(delivery)
        return Self.document([
            "status": .optional(answer.status), "body": .string(answer.body), "wall_us": .integer(answer.wallUs),
            "error": .optional(answer.error),
        ])
    }
}
