import Core
import Gateway
import Logging
import Signing
import Storage
import Synchronization
import TestSupport
import Testing

@Suite("A gateway that stops and starts", .serialized)
struct GatewayRestartTests {
    private final class Accepted: Sendable {
        private let state = Mutex<Set<String>>([])

        var ids: Set<String> { state.withLock { $0 } }
        func insert(_ id: String) { state.withLock { _ = $0.insert(id) } }
    }

    @Test("stopped at any moment under load and started again: everything acknowledged is there, processed, and told once")
    func acknowledged() async throws {
        try await GatewayHouse.with(
            routes: "- {name: leads, match: {object: page, field: leadgen}, chain: [touch, {notify: team}]}",
            destinations: [#"name: team, url: "RECEIVER/hook", secret: "${HOOK}", per_second: 1000"#]
        ) { house in
            let accepted = Accepted()
            for (round, stopAfter) in [1, 20, 60].enumerated() {
                if round > 0 { try await house.start() }
                let before = accepted.ids.count
                await withTaskGroup(of: Void.self) { group in
                    for sender in 0..<8 {
                        group.addTask {
                            for n in 0..<1_000 {
                                let id = "\(round + 1)0\(sender)0\(n + 1)"
                                // a connection that breaks was not acknowledged: Meta sends it again
                                guard let status = try? await house.deliver(GatewayHouse.lead(id)), status == 200 else { return }
                                accepted.insert(id)
                            }
                        }
                    }
                    while accepted.ids.count < before + stopAfter { await Task.yield() }
                    await house.stop()
                    group.cancelAll()
                }
            }
            try await house.start()
            let all = accepted.ids
            #expect(all.count >= 81)
            try await eventually("all is decoded") {
                try await house.count("SELECT COUNT(*) FROM deliveries WHERE decoded = 0") == 0
            }
            let known = try await house.store.read { transaction in
                try Set(transaction.run("SELECT dedupe_key FROM event_keys").map { try $0.text("dedupe_key") })
            }
            #expect(all.allSatisfy { known.contains("lead:\($0)") })
            try await house.allDone()
            // a message whose answer the stop cut off goes out again, with the same id for its receiver to know it by
            let told = try house.receiver.requests.map { (try #require($0.values(of: "webhook-id").first), $0.text) }
            #expect(Set(told.map(\.0)).count == known.count)
            #expect(Set(told.map(\.1)).count == known.count)
        }
    }

    @Test("a second gateway on the same file is refused and names the first; after it has stopped, it may")
    func second() async throws {
        try await GatewayHouse.with { house in
            let logger = Logger(label: "second", factory: { _ in SwiftLogNoOpLogHandler() })
            await #expect {
                _ = try await Gateway.build(house.settings, logger: logger)
            } throws: { error in
                guard case .locked(let pid) = error as? StoreError else { return false }
                return pid > 0
            }
            await house.stop()
            try await house.start()
            #expect(try await house.deliver(GatewayHouse.lead("1")) == 200)
        }
    }

    @Test("another master key is refused at the start, and the file stays as it is")
    func otherKey() async throws {
        try await GatewayHouse.with { house in
            #expect(try await house.deliver(GatewayHouse.lead("1")) == 200)
            await house.stop()
            var settings = house.settings
            settings.keys.current = Secret(String(repeating: "77", count: 32))
            let logger = Logger(label: "other", factory: { _ in SwiftLogNoOpLogHandler() })
            await #expect(throws: StoreError.wrongMasterKey) { _ = try await Gateway.build(settings, logger: logger) }
            settings.keys.previous = [house.settings.keys.current]
            let store = try settings.readOnlyStore()
            #expect(try await store.read { try $0.delivery(1)?.request?.body } == Array(GatewayHouse.lead("1").utf8))
            await store.close()
            try await house.start()
        }
    }

    @Test("a port that is taken ends the build with an error, and lets go of the file")
    func portTaken() async throws {
        try await GatewayHouse.with { house in
            let taken = try Receiver()
            defer { taken.stop() }
            await house.stop()
            var settings = house.settings
            settings.listen.address = SocketAddress(host: "127.0.0.1", port: taken.port)
            let logger = Logger(label: "taken", factory: { _ in SwiftLogNoOpLogHandler() })
            await #expect(throws: (any Error).self) { _ = try await Gateway.build(settings, logger: logger) }
            try await house.start()
        }
    }

    @Test("an admin port that is taken ends the gateway instead of leaving it without a door")
    func adminPortTaken() async throws {
        try await GatewayHouse.with { house in
            let taken = try Receiver()
            defer { taken.stop() }
            await house.stop()
            var settings = house.settings
            settings.admin.address = SocketAddress(host: "127.0.0.1", port: taken.port)
            let gateway = try await Gateway.build(
                settings, logger: Logger(label: "taken", factory: { _ in SwiftLogNoOpLogHandler() }))
            try await gateway.run()  // returns by itself
            try await house.start()
        }
    }
}
