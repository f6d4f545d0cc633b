import Hummingbird

/// What stands under `/_emulator/`: the hands that move the world from outside.
struct Control {
    let emulator: Emulator

    func respond(_ method: String, _ target: String, _ body: [UInt8]) async -> Response {
        let parts = target.dropFirst("/_emulator/".count).split(separator: "?", maxSplits: 1)
        let name = parts.first.map(String.init) ?? ""
        let query = parts.count == 2 ? Self.query(parts[1]) : [:]
        if method == "POST", name == "deliver" { return await deliver(body) }
        do throws(ScenarioError) {
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
        case ("GET", "state"): return document(emulator.state())
        case ("GET", "clock"): return clock()
        case ("POST", "clock"):
            try emulator.moveClock(ScenarioEntry(yaml: body))
            return clock()
        case ("GET", "faults"): return document(emulator.faultList())
        case ("POST", "faults"): try emulator.addFaults(ScenarioEntry(yaml: body))
        case ("DELETE", "faults"): emulator.clearFaults()
        case ("POST", "insights"): try emulator.addInsights(ScenarioEntry(yaml: body))
        case ("POST", "edit"): try emulator.edit(ScenarioEntry(yaml: body))
        case ("POST", "token"): try emulator.setToken(ScenarioEntry(yaml: body))
        case _: return Self.refusal(404, "There is no \(method) /_emulator/\(name).")
        }
        return document(["done": true])
    }

    private func document(_ value: Value) -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json"], body: GraphResponder.body(Array(value.encoded(.plain).utf8))
        )
    }

    private func clock() -> Response { document(["now_ms": .integer(emulator.with { $0.clock.nowMs })]) }

    private func log(_ query: [String: String]) -> Response {
        let since = query["since"].flatMap { Int($0) } ?? 0
        let lines = emulator.with { $0.log.lines(since: since, graphOnly: query["kind"] == "graph") }
        let text = lines.map { $0 + "\n" }.joined()
        return Response(
            status: .ok, headers: [.contentType: "application/x-ndjson"], body: GraphResponder.body(Array(text.utf8)))
    }

    private func deliver(_ body: [UInt8]) async -> Response {
        guard let value = try? JSONReader.read(body), let delivery = Delivery(value) else {
            return Self.refusal(400, "A delivery needs 'url', 'app' or 'secret', and 'object', 'body' or 'body_base64'.")
        }
        let answer = await emulator.deliver(delivery)
        return document([
            "status": .optional(answer.status), "body": .string(answer.body), "wall_us": .integer(answer.wallUs),
            "error": .optional(answer.error),
        ])
    }
}
