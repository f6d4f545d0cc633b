import Core
import Gateway
import Logging
import Storage
import TestSupport
import Testing

@Suite("Admin port", .serialized)
struct GatewayAdminTests {
    @Test("nobody comes in without the token, and every error has one form")
    func errors() async throws {
        try await GatewayHouse.with { house in
            try await house.adminAnswers()
            let answers = [
                (try await house.admin("/v1/status", isGet: true, token: nil), 401, "token_refused", String?.none),
                (try await house.admin("/v1/status", isGet: true, token: "wrong"), 401, "token_refused", nil),
                (try await house.admin("/v1/status", isGet: true, token: ""), 401, "token_refused", nil),
                (try await house.admin("/v1/hold", token: "wrong", body: #"{"scope":"*"}"#), 401, "token_refused", nil),
                (try await house.admin("/v1/hold", body: #"{"scope":"nobody"}"#), 400, "scope_unknown", "scope"),
                (try await house.admin("/v1/hold", body: #"{"scope":7}"#), 400, "scope_unknown", "scope"),
                (try await house.admin("/v1/hold", body: "{}"), 400, "scope_unknown", "scope"),
                (try await house.admin("/v1/hold", body: "not json"), 400, "body_unreadable", nil),
                (try await house.admin("/v1/release", body: ""), 400, "body_unreadable", nil),
                (try await house.admin("/v1/hold", body: #"{"scope":"*","until_ms":"soon"}"#), 400, "until_invalid", "until_ms"),
                (try await house.admin("/v1/nothing"), 404, "path_unknown", nil),
                (try await house.admin("/index.html", isGet: true), 404, "path_unknown", nil),
                (try await house.admin("/v1/hold", isGet: true), 405, "method_refused", nil),
                (try await house.admin("/v1/hold", body: String(repeating: " ", count: 70_000)), 413, "body_too_large", nil),
            ]
            for (number, (answer, status, code, param)) in answers.enumerated() {
                #expect(answer.status == status, "\(number)")
                #expect(answer.type?.hasPrefix("application/json") == true, "\(number)")
                let error = try #require(answer.document["error"])
                #expect(Set(error.members.map(\.key)) == ["type", "code", "message", "param", "request_id"], "\(number)")
                #expect(
                    error["type"]?.text == "invalid_request_error" && error["code"]?.text == code,
                    "\(number): \(error["code"]?.text ?? "")")
                #expect(error["message"]?.text?.isEmpty == false && error["request_id"]?.text?.isEmpty == false)
                #expect(error["param"]?.text == param, "\(number)")
            }
            #expect(try await house.store.read { try $0.holds(nowMs: 0) }.isEmpty)
        }
    }

    @Test("hold and release by the operator's door: a hold survives a restart, and release lets everything through once")
    func door() async throws {
        try await GatewayHouse.with(rules: GatewayHouse.pausing) { house in
            try await house.adminAnswers()
            let door = OperatorDoor(settings: house.settings)
            try await door.hold("*", untilMs: nil)
            try await door.hold("belmonte", untilMs: nil)
            try await house.deliver(GatewayHouse.touch(n: 1))
            try await eventually("held") { try await house.count("SELECT COUNT(*) FROM outbox WHERE state = 'held'") == 1 }
            await house.stop()
            try await house.start()
            try await house.adminAnswers()
            #expect(try await door.release("*") == 1)
            try await eventually("held by the other") {
                try await house.count("SELECT COUNT(*) FROM outbox WHERE gate = 'hold:belmonte'") == 1
            }
            #expect(house.posts.isEmpty)
            #expect(try await door.release("belmonte") == 1)
            try await eventually("done") { try await house.actions().first?.state == .done }
            #expect(house.posts.count == 1)
        }
    }

    @Test("while no gateway runs the door goes straight into the file, without waiting for one")
    func doorAlone() async throws {
        try await GatewayHouse.with(rules: GatewayHouse.pausing) { house in
            await house.stop()
            let door = OperatorDoor(settings: house.settings)
            let start = ContinuousClock.now
            try await door.hold("belmonte", untilMs: nil)
            #expect(ContinuousClock.now - start < .seconds(10))
            try await house.start()
            try await house.deliver(GatewayHouse.touch(n: 1))
            try await eventually("held") {
                try await house.count("SELECT COUNT(*) FROM outbox WHERE state = 'held' AND gate = 'hold:belmonte'") == 1
            }
            await house.stop()
            #expect(try await door.release("belmonte") == 1)
            try await house.start()
            try await eventually("done") { try await house.actions().first?.state == .done }
            #expect(house.posts.count == 1)
        }
    }

    @Test("hold --for ends by itself")
    func holdFor() async throws {
        try await GatewayHouse.with(rules: GatewayHouse.pausing) { house in
            try await house.adminAnswers()
            try await OperatorDoor(settings: house.settings).hold("*", untilMs: house.clock.nowMs() + 3_600_000)
            try await house.deliver(GatewayHouse.touch(n: 1))
            try await eventually("held") { try await house.count("SELECT COUNT(*) FROM outbox WHERE state = 'held'") == 1 }
            house.clock.advance(ms: 3_600_000)
            try await eventually("done") { try await house.actions().first?.state == .done }
        }
    }

    @Test("the door speaks TLS where the admin port has a certificate, and trusts that one only")
    func doorWithTLS() async throws {
        try await GatewayHouse.with { house in
            await house.stop()
            let certificates = try DevelopmentCertificates.shared()
            var settings = house.settings
            settings.admin.certificate = certificates.certificate
            settings.admin.privateKey = certificates.privateKey
            var logger = Logger(label: "gateway", factory: { _ in SwiftLogNoOpLogHandler() })
            logger.logLevel = .critical
            let gateway = try await Gateway.build(settings, clock: house.clock, logger: logger)
            let task = Task { try await gateway.run() }
            let door = OperatorDoor(settings: settings)
            try await eventually("the door is open") {
                do {
                    try await door.hold("belmonte", untilMs: nil)
                    return true
                } catch OperatorFault.unreachable {
                    return false  // not open yet
                }
            }
            #expect(try await gateway.store.read { try $0.holds(nowMs: 0) }.map(\.scope) == ["belmonte"])
            settings.admin.certificate = certificates.authority
            await #expect {
                try await OperatorDoor(settings: settings).hold("*", untilMs: nil)
            } throws: { error in
                guard case .untrusted = error as? OperatorFault else { return false }
                return true
            }
            #expect(try await gateway.store.read { try $0.holds(nowMs: 0) }.count == 1)
            #expect(try await door.release("belmonte") == 0)
            task.cancel()
            _ = await task.result
        }
    }

    @Test("a scope that the gateway does not know is refused in its words")
    func refused() async throws {
        try await GatewayHouse.with { house in
            try await house.adminAnswers()
            await #expect(throws: OperatorFault.self) {
                try await OperatorDoor(settings: house.settings).hold("nobody", untilMs: nil)
            }
        }
    }

    @Test("while a gateway holds the file and its admin port does not answer, the door says so and changes nothing")
    func unreachable() async throws {
        try await GatewayHouse.with { house in
            var settings = house.settings
            let free = try Receiver()
            settings.admin.address = SocketAddress(host: "127.0.0.1", port: free.port)
            free.stop()
            await #expect {
                try await OperatorDoor(settings: settings).hold("*", untilMs: nil)
            } throws: { error in
                guard case .unreachable = error as? OperatorFault else { return false }
                return true
            }
            #expect(try await house.store.read { try $0.holds(nowMs: 0) }.isEmpty)
        }
    }
}
