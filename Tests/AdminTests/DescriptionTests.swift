import Core
import NIOHTTP1
import Storage
import TestSupport
import Testing

@testable import Admin

@Suite("Admin port: what it serves and how it says so")
struct DescriptionTests {
    private static let methods: [HTTPMethod] = [.GET, .POST, .PUT, .DELETE, .PATCH, .OPTIONS]

    @Test("the description lists what is served, and what is served is described")
    func routes() async throws {
        try await AdminHouse.with { house in
            let document = try await house.ask("/openapi.json", token: nil).document
            #expect(document["openapi"]?.text == "3.1.0")
            let paths = document["paths"]?.members ?? []
            #expect(paths.count > 20)
            for (path, operations) in paths {
                let real = path.replacing("{id}", with: "1").replacing("{seq}", with: "1")
                for method in Self.methods {
                    let answer = try await house.ask(real, method, token: nil, body: method == .GET ? nil : "{}")
                    let isDescribed = operations[method.rawValue.lowercased()] != nil
                    #expect((answer.status != 405) == isDescribed && answer.code != "path_unknown", "\(method) \(path)")
                }
                for (_, operation) in operations.members {
                    for member in ["operationId", "summary"] { #expect(operation[member]?.text?.isEmpty == false, "\(path)") }
                    for parameter in operation["parameters"]?.items ?? [] {
                        #expect(parameter["description"]?.text?.isEmpty == false)
                    }
                }
            }
            let names = paths.flatMap { $0.value.members.compactMap { $0.value["operationId"]?.text } }
            #expect(Set(names).count == names.count)
        }
    }

    @Test("what is described as open is, and nothing else")
    func access() async throws {
        try await AdminHouse.with { house in
            let paths = try await house.ask("/openapi.json", token: nil).document["paths"]?.members ?? []
            var open: [String] = []
            for (path, operations) in paths {
                for (method, operation) in operations.members where operation["security"] == [] {
                    open.append("\(method) \(path)")
                }
            }
            #expect(
                Set(open) == ["get /", "get /page.css", "get /page.js", "get /icon.svg", "get /openapi.json", "post /v1/session"])
        }
    }

    @Test(
        "answers are what the description says",
        arguments: [
            "/v1/events", "/v1/facets", "/v1/deliveries", "/v1/jobs", "/v1/outbox", "/v1/actions", "/v1/queues", "/v1/gates",
            "/v1/gateways",
            "/v1/status", "/v1/session", "/v1/log-level", "/v1/events/{id}", "/v1/deliveries/{seq}",
        ])
    func schemas(_ path: String) async throws {
        try await AdminHouse.with { house in
            let id = try await house.deliver([AdminHouse.event(order: "k"), AdminHouse.event(1, order: "k")])[0]
            let nowMs = house.nowMs
            try await house.end(id) {
                _ = try $0.hold(.jobs, id: $1.id, attempt: $1.attempt, gate: .account("1"), reason: "a: b.", nowMs: nowMs)
            }
            try await house.store.write { transaction in
                try transaction.report(presence: nowMs, program: "p", host: "h", pid: 1)
                let message = OutboxMessage(
                    kind: .notify, workspace: "w", orderKey: nil, uniqueKey: "m", reference: "{}", eventID: id, actionID: nil)
                let made = try transaction.enqueue(message, nowMs: nowMs)
                try transaction.insertAttempt(
                    SendAttempt(
                        outboxID: made ?? 0, workspace: "w", atMs: nowMs, attempt: 1, status: nil, outcome: "timeout",
                        durationMs: 1,
                        answer: nil))
            }
            let document = try await house.ask("/openapi.json", token: nil).document
            let schema = try #require(
                document["paths"]?[path]?["get"]?["responses"]?["200"]?["content"]?["application/json"]?["schema"])
            let checker = SchemaChecker(document: document)
            let real = path.replacing("{id}", with: "\(id)").replacing("{seq}", with: "\(id / 4_096)")
            for query in path.contains("{") ? ["", "?bytes=show"] : [""] {
                let answer = try await house.ask(real + query)
                #expect(answer.status == 200)
                #expect(checker.faults(answer.document, schema) == [], "\(real)\(query)")
            }
        }
    }

    @Test(
        "refusals have one form",
        arguments: [
            ("/nothing", HTTPMethod.GET, 404, "path_unknown"), ("/v1", .GET, 404, "path_unknown"),
            ("/v1/events/", .GET, 404, "path_unknown"),
            ("//v1/events", .GET, 404, "path_unknown"), ("/v1/events/1/2", .GET, 404, "path_unknown"),
            ("/index.html", .GET, 404, "path_unknown"),
            ("/v1/events", .POST, 405, "method_refused"), ("/v1/hold", .GET, 405, "method_refused"),
            ("/", .POST, 405, "method_refused"),
            ("/v1/events", .OPTIONS, 405, "method_refused"),
            ("/v1/events/retry", .GET, 405, "method_refused"),
        ])
    func refusals(_ path: String, _ method: HTTPMethod, _ status: Int, _ code: String) async throws {
        try await AdminHouse.with { house in
            let answer = try await house.ask(path, method)
            #expect(answer.status == status && answer.code == code)
            let error = try #require(answer.document["error"])
            #expect(Set(error.members.map(\.key)) == ["type", "code", "message", "param", "request_id"])
            #expect(error["request_id"]?.text == answer.headers.first(name: "x-request-id"))
            if status == 405 { #expect(answer.headers.first(name: "allow")?.isEmpty == false) }
        }
    }

    @Test("bodies that are too large or no JSON are refused")
    func bodies() async throws {
        try await AdminHouse.with { house in
            let large = try await house.ask("/v1/hold", .POST, body: String(repeating: " ", count: 70_000))
            #expect(large.status == 413 && large.code == "body_too_large")
            for body in ["", "no", "{", #"{"scope":"#, "\u{0}"] {
                #expect(try await house.ask("/v1/hold", .POST, body: body).code == "body_unreadable")
            }
            for body in ["{}", "[]", "1", #"{"scope":7}"#, #"{"scope":"nobody"}"#] {
                #expect(try await house.ask("/v1/hold", .POST, body: body).code == "scope_unknown")
            }
            #expect(try await house.ask("/v1/log-level", .POST, body: #"{"level":"loud"}"#).code == "level_unknown")
            #expect(
                try await house.ask("/v1/erase", .POST, body: #"{"lead":"1","workspace":"nobody"}"#).code == "workspace_unknown")
        }
    }

    @Test("HEAD answers as GET does, without the body")
    func head() async throws {
        try await AdminHouse.with { house in
            let (get, head) = (try await house.ask("/v1/status"), try await house.ask("/v1/status", .HEAD))
            #expect(head.status == 200 && head.bytes.isEmpty)
            #expect(head.headers.first(name: "content-length") == get.headers.first(name: "content-length"))
        }
    }

    @Test("while the store does not answer, lists say 503 and the figures of the process are still there")
    func storeAway() async throws {
        try await AdminHouse.with { house in
            await house.store.close()
            let answer = try await house.ask("/v1/events")
            #expect(
                answer.status == 503 && answer.code == "store_unavailable" && answer.headers.first(name: "retry-after") != nil)
            #expect(try await house.ask("/metrics").text.contains("process_resident_memory_bytes"))
        }
    }
}

@Suite("Admin port: the page")
struct PageTests {
    @Test("comes from the port alone, without script or style in the document, under a strict policy")
    func policy() async throws {
        try await AdminHouse.with { house in
            for path in ["/", "/page.css", "/page.js", "/icon.svg"] {
                let answer = try await house.ask(path, token: nil)
                let policy = try #require(answer.headers.first(name: "content-security-policy"))
                #expect(answer.status == 200 && policy.contains("default-src 'none'") && !policy.contains("unsafe"))
                #expect(answer.headers.first(name: "x-frame-options") == "DENY")
                #expect(!answer.text.replacing("http://www.w3.org/2000/svg", with: "").contains("://"), "\(path)")
            }
            let page = try await house.ask("/", token: nil).text
            #expect(page.matches(of: /<script/).count == 1 && page.contains(#"<script src="/page.js" defer></script>"#))
            #expect(!page.contains("<style") && !page.contains("style=") && page.firstMatch(of: /\son[a-z]+=/) == nil)
            let script = try await house.ask("/page.js", token: nil).text
            for word in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "DOMParser"] {
                #expect(!script.contains(word), "\(word)")
            }
            #expect(
                try await house.ask("/page.js", token: nil).headers.first(name: "content-type")?.hasPrefix("text/javascript")
                    == true)
        }
    }
}
