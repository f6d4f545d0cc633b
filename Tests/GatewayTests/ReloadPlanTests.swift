import Core
import Foundation
import Gateway
import Testing

@Suite("What a configuration that is read again changes")
struct ReloadPlanTests {
    /// One place of the configuration, as it was and as it is now.
    struct Change: Sendable, CustomTestStringConvertible {
        let before: String
        let after: String
        var taken: [String] = []
        var needsRestart: [String] = []

        init(_ before: String, _ after: String, taken: [String] = [], needsRestart: [String] = []) {
            self.before = before
            self.after = after
            self.taken = taken
            self.needsRestart = needsRestart
        }

        var testDescription: String { "\(before) is \(after)" }
    }

    private static let text = """
        listen:  {address: "127.0.0.1:8443", certificate: certs/server.pem, private_key: certs/server.key}
        admin:   {address: "127.0.0.1:9443", token: "${ADMIN_TOKEN}"}
        storage: {url: "sqlite:var/touchstone.db"}
        graph:   {base_url: "https://graph.facebook.com", version: v26.0, writes: off}
        keys:    {current: "${KEY}"}
        apps:
          - {name: main, id: "123", secrets: ["${SECRET}"], verify_token: "${VERIFY}"}
          - {name: other, id: "124", secrets: ["${HOOK_SECRET}"], verify_token: "${VERIFY}", path: /webhooks/other}
        workspaces:
          - {name: belmonte, app: main, token: "${TOKEN}", accounts: [act_123], pages: [{id: "8", token: "${TOKEN}"}], margin: 0.35}
        sources:
          - {name: shop, workspace: belmonte, token: "${TOKEN}", secret: "${SECRET}", datasets: ["1"], consent: {from: consent, without: drop}}
          - {name: web, workspace: belmonte, token: "${VERIFY}", secret: "${SECRET}", datasets: ["2"], consent: {from: consent, without: drop}}
        destinations: [{name: team, url: "${SLACK_URL}", as: slack}]
        routes: [{name: all, match: {object: "*"}, chain: [touch]}]
        limits: {per_source: {requests: 10}, in_flight_requests: 100}
        log: {level: notice, format: text}

        """

    /// The configuration with each of the changes, all read in one folder: paths in it are absolute.
    private static func settings(_ changes: [Change?]) throws -> [Settings] {
        let folder = try SettingsCases.folder(
            with: ["certs/new.pem": "certificate", "secrets/token": "token-in-a-file-of-the-tests\n"])
        defer { try? FileManager.default.removeItem(at: folder) }
        return try changes.map { change in
            let changed = change.map { text.replacing($0.before, with: $0.after) } ?? text
            #expect(change == nil || changed != text, "nothing was changed")
            return try SettingsCases.reader(in: folder).read(text: changed, file: "touchstone.yaml").settings
        }
    }

    static let changes = [
        // live
        Change(
            #"name: shop, workspace: belmonte, token: "${TOKEN}""#,
            #"name: shop, workspace: belmonte, tokens: ["${KEY}", "${TOKEN}"]"#, taken: ["sources.shop"]),
        Change(
            #"name: shop, workspace: belmonte, token: "${TOKEN}""#,
            #"name: shop, workspace: belmonte, token: "${file:secrets/token}""#, taken: ["sources.shop"]),
        Change(#""${SECRET}", datasets: ["1"]"#, #""${KEY}", datasets: ["1"]"#, taken: ["sources.shop"]),
        Change(
            #"["1"], consent: {from: consent, without: drop}"#, #"["1", "3"], consent: {from: consent, without: send}"#,
            taken: ["sources.shop"]),
        Change("name: shop", "name: store", taken: ["sources.store", "sources.shop"]),
        Change(#"secrets: ["${SECRET}"]"#, #"secrets: ["${KEY}", "${SECRET}"]"#, taken: ["apps.main"]),
        Change(#""${VERIFY}", path"#, #""${KEY}", path"#, taken: ["apps.other"]),
        Change("name: other", "name: third", taken: ["apps.other", "apps.third"]),
        Change(#"app: main, token: "${TOKEN}""#, #"app: main, token: "${KEY}""#, taken: ["workspaces.belmonte"]),
        Change(#"{id: "8", token: "${TOKEN}"}"#, #"{id: "8", token: "${KEY}"}"#, taken: ["workspaces.belmonte"]),
        Change(#""${ADMIN_TOKEN}""#, #""${KEY}""#, taken: ["admin.token"]),
        Change("certificate: certs/server.pem", "certificate: certs/new.pem", taken: ["listen.certificate"]),
        Change(
            "private_key: certs/server.key", #"private_key: certs/server.key, public_url: "https://hooks.example""#,
            taken: ["listen.public_url"]),
        Change("{requests: 10}", "{requests: 20}", taken: ["limits.per_source"]),
        Change("level: notice", "level: debug", taken: ["log.level"]),
        // at a restart
        Change("127.0.0.1:8443", "127.0.0.1:8444", needsRestart: ["listen.address"]),
        Change("127.0.0.1:9443", "127.0.0.1:9444", needsRestart: ["admin.address"]),
        Change("sqlite:var/touchstone.db", "sqlite:var/other.db", needsRestart: ["storage"]),
        Change("writes: off", "writes: dry_run", needsRestart: ["graph"]),
        Change(#"current: "${KEY}""#, #"current: "${OLD_KEY}""#, needsRestart: ["keys"]),
        Change("margin: 0.35", "margin: 0.5", needsRestart: ["workspaces.belmonte"]),
        Change("as: slack", "as: slack, per_second: 5", needsRestart: ["destinations"]),
        Change("chain: [touch]", "chain: [resolve_ad, touch]", needsRestart: ["routes"]),
        Change("in_flight_requests: 100", "in_flight_requests: 200", needsRestart: ["limits.in_flight_requests"]),
        Change("format: text", "format: json", needsRestart: ["log.format"]),
        Change("log:", "retention: {deliveries: 9d}\nlog:", needsRestart: ["retention"]),
        // both at once
        Change(
            #"name: belmonte, app: main, token: "${TOKEN}", accounts: [act_123]"#,
            #"name: belmonte, app: main, token: "${KEY}", accounts: [act_123, act_9]"#, taken: ["workspaces.belmonte"],
            needsRestart: ["workspaces.belmonte"]),
        Change(
            "sources:\n",
            #"""
              - {name: new, app: main, token: "${TOKEN}", accounts: [act_9]}
            sources:
              - {name: theirs, workspace: new, token: "${OLD_KEY}", datasets: ["9"], consent: {from: consent, without: drop}}

            """#, needsRestart: ["workspaces.new", "sources.theirs"]),
    ]

    @Test("what may change is taken over, and what may not is named and stays as it was", arguments: changes)
    func change(_ change: Change) throws {
        let found = try Self.settings([nil, change])
        let (running, read) = (found[0], found[1])
        let plan = ReloadPlan(running: running, read: read)
        #expect(plan.taken == change.taken)
        #expect(plan.needsRestart == change.needsRestart)
        let isRead = plan.settings == read, isAsBefore = plan.settings == running
        #expect(isRead || !change.needsRestart.isEmpty)
        #expect(isAsBefore || !change.taken.isEmpty)
    }

    @Test("the same file changes nothing")
    func same() throws {
        let found = try Self.settings([nil, nil])
        let plan = ReloadPlan(running: found[0], read: found[1])
        #expect(plan.taken == [] && plan.needsRestart == [])
    }

    @Test("what stays as it was is what the next file is compared with")
    func twice() throws {
        let found = try Self.settings([nil, Change("127.0.0.1:8443", "127.0.0.1:8444")])
        let (running, moved) = (found[0], found[1])
        let first = ReloadPlan(running: running, read: moved)
        #expect(ReloadPlan(running: first.settings, read: moved).needsRestart == ["listen.address"])
        #expect(ReloadPlan(running: first.settings, read: running).needsRestart == [])
    }

    @Test("an app whose workspace runs stays until a restart, with the secret that makes its proofs")
    func appGone() throws {
        let running = try Self.settings([nil])[0]
        var read = running
        read.apps.removeAll { $0.name == "main" }
        read.workspaces = []
        read.sources = []
        let plan = ReloadPlan(running: running, read: read)
        #expect(plan.needsRestart == ["apps.main", "workspaces.belmonte"])
        #expect(plan.taken == ["sources.shop", "sources.web"])
        #expect(plan.settings.apps.first { $0.name == "main" } == running.apps.first { $0.name == "main" })
        #expect(plan.settings.workspaces == running.workspaces)
    }
}
