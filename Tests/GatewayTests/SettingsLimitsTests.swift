import Core
import Intake
import Listener
import Testing

@testable import Gateway

@Suite("What the configuration says of proxies and limits")
struct SettingsLimitsTests {
    private static func settings(listen: String = "", _ limits: String = "") throws -> Settings {
        let base = SettingsCases.base.replacing("rules: [rules.yaml]\n", with: "")
        return try SettingsCases.settings(base.replacing("server.key}", with: "server.key\(listen)}") + limits)
    }

    @Test("without a word the limits are those of the documentation, and nobody is trusted")
    func standard() throws {
        let settings = try Self.settings()
        #expect(settings.limits == Settings.PublicLimits())
        #expect(settings.limits.perApp == BudgetLimits(requests: 1_024, bytes: 64 << 20))
        #expect(settings.limits.perSource == BudgetLimits(requests: 256, bytes: 32 << 20))
        #expect(settings.limits.perAddress == BudgetLimits())
        #expect(settings.limits.marks == PressureMarks(undone: 2_000_000, databaseBytes: nil, diskFreeBytes: 512 << 20))
        #expect(settings.listen.trustedProxies.isEmpty && settings.listen.proxyProtocol == .off)
    }

    @Test("every value goes where it belongs, as far as the rooms; null takes a bound away")
    func full() throws {
        let text = """
            limits:
              in_flight_requests: 2_048
              in_flight_bytes: 1GiB
              per_app: {requests: 100, bytes: 9MiB, per_second: 50}
              per_source: {requests: ~, per_second: null}
              per_address: {requests: 32, bytes: 16384KiB}
              stored_undone: 1_000_000
              disk_free: ~
              database_bytes: 20GiB

            """
        let settings = try Self.settings(listen: ", trusted_proxies: [10.0.0.0/8, \"::1\"], proxy_protocol: v2", text)
        let limits = settings.limits
        #expect(limits.inFlightRequests == 2_048 && limits.inFlightBytes == 1 << 30)
        #expect(limits.perApp == BudgetLimits(requests: 100, bytes: 9 << 20, perSecond: 50))
        #expect(limits.perSource == BudgetLimits(requests: nil, bytes: 32 << 20, perSecond: nil))
        #expect(limits.perAddress == BudgetLimits(requests: 32, bytes: 16 << 20))
        #expect(limits.marks == PressureMarks(undone: 1_000_000, databaseBytes: 20 << 30, diskFreeBytes: nil))
        let listener = settings.listenerSettings
        #expect(listener.trustedProxies.map(\.description) == ["10.0.0.0/8", "::1/128"])
        #expect(listener.proxyProtocol == .v2)
        #expect(listener.bounds.requestsInFlightMax == 2_048 && listener.bounds.bodyBytesInFlightMax == 1 << 30)
        #expect(listener.bounds.requestsPerAddressMax == 32 && listener.bounds.bodyBytesPerAddressMax == 16 << 20)
        #expect(settings.intakeLimits.perApp == limits.perApp && settings.intakeLimits.marks == limits.marks)
    }
}
