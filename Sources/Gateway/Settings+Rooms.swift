import Admin
import Core
import Engine
import GraphAPI
import Intake
import Listener
import Outbound
package import Signing
package import Storage

/// What each room is told of the configuration.
extension Settings {
    package func masterKeys() throws -> [MasterKey] {
        try ([keys.current] + keys.previous).map { try MasterKey(hex: $0.reveal()) }
    }

    func storeOptions(clock: any WallClock, groupJobsMax: Int = Limits.groupJobsMax) throws -> Store.Options {
        Store.Options(
            at: storage.location, masterKeys: try masterKeys(), bootID: RandomBytes.hex(8), readers: storage.readers,
            groupJobsMax: groupJobsMax, now: { clock.nowMs() })
    }

    var adminSettings: AdminSettings {
        let tls = admin.certificate.flatMap { certificate in
            admin.privateKey.map { AdminTLS(certificate: certificate, privateKey: $0) }
        }
        let operating = AdminToken(name: "operator", token: admin.token.reveal(), may: .act)
        let others = admin.tokens.map { AdminToken(name: $0.name, token: $0.token.reveal(), may: $0.may) }
        return AdminSettings(host: admin.address.host, port: admin.address.port, tokens: [operating] + others, tls: tls)
    }

    /// For commands that only look: no lock, no migration.
    package func readOnlyStore() throws -> Store {
        try Store.open(Store.Options(at: storage.location, masterKeys: try masterKeys(), bootID: "reader", readOnly: true))
    }

    /// For commands that write while no gateway runs; refused while one does.
    package func openForWriting() throws -> Store { try Store.open(try storeOptions(clock: SystemClock())) }

    package var appSecrets: [AppSecrets] {
        apps.map { AppSecrets(app: $0.name, secrets: $0.secrets.map { $0.reveal() }, allowSHA1: $0.allowSHA1) }
    }

    package var sourceSecrets: [SourceSecrets] {
        sources.map { source in
            SourceSecrets(
                name: source.name, tokens: source.tokens.map { $0.reveal() }, secrets: source.secrets.map { $0.reveal() },
                datasets: Set(source.datasets))
        }
    }

    var intakeApps: [IntakeApp] {
        zip(apps, appSecrets).map { IntakeApp(secrets: $1, verifyToken: $0.verifyToken.reveal(), path: $0.path) }
    }

    var intakeSources: [IntakeSource] {
        zip(sources, sourceSecrets).map {
            IntakeSource(
                secrets: $1, consent: $0.consent, dataset: $0.datasets.first, policy: $0.policy, workspace: $0.workspace)
        }
    }

    var listenerSettings: ListenerSettings {
        var settings = ListenerSettings(
            host: listen.address.host, port: listen.address.port, certificateChainFile: listen.certificate,
            privateKeyFile: listen.privateKey)
        settings.trustedProxies = listen.trustedProxies
        switch listen.proxyProtocol {
        case .off: settings.proxyProtocol = .off
        case .v2: settings.proxyProtocol = .v2
        }
        settings.bounds.requestsInFlightMax = limits.inFlightRequests
        settings.bounds.bodyBytesInFlightMax = limits.inFlightBytes
        settings.bounds.requestsPerAddressMax = limits.perAddress.requests
        settings.bounds.bodyBytesPerAddressMax = limits.perAddress.bytes
        return settings
    }

    var intakeLimits: IntakeLimits {
        IntakeLimits(perApp: limits.perApp, perSource: limits.perSource, marks: limits.marks)
    }

    func engineSettings() throws -> EngineSettings {
        EngineSettings(
            workspaces: try workspaces.map(engineWorkspace), routes: routes,
            rules: rules.map { VersionedRule(rule: $0.rule, text: $0.text) }, refresh: refresh, writes: graph.writes.mode,
            graph: try GraphSettings(baseURL: graph.baseURL, version: graph.version),
            destinations: try destinations.map(Self.outbound),
            sources: Dictionary(sources.map { ($0.name, $0.workspace) }, uniquingKeysWith: { first, _ in first }),
            forwarding: Dictionary(sources.map { ($0.name, $0.forwarding) }, uniquingKeysWith: { first, _ in first }),
            leadReports: Dictionary(
                sources.compactMap { source in source.leadReport.map { (source.name, $0) } },
                uniquingKeysWith: { first, _ in first }),
            forms: forms,
            moderation: moderation, testLeadDestinations: Set(destinations.filter(\.testLeads).map(\.name)), retention: retention)
    }

    private func engineWorkspace(_ workspace: Workspace) throws -> Engine.Workspace {
        guard let app = apps.first(where: { $0.name == workspace.app }), let secret = app.secrets.first else {
            throw SettingsFault.appMissing(workspace: workspace.name)
        }
        return Engine.Workspace(
            name: workspace.name, app: app.name, accounts: workspace.accounts, actOn: Set(workspace.actOn),
            pages: workspace.pages,
            margin: workspace.margin, money: workspace.money,
            credentials: GraphCredentials(token: workspace.token.reveal(), appSecret: secret.reveal()),
            pageTokens: workspace.pageTokens.mapValues { GraphCredentials(token: $0.reveal(), appSecret: secret.reveal()) },
            instagram: workspace.instagram)
    }

    private static func outbound(_ destination: Destination) throws -> Outbound.Destination {
        try Outbound.Destination(
            name: destination.name, url: destination.url.reveal(), form: destination.form.outbound,
            secret: destination.secret?.reveal(),
            timeoutMs: destination.timeoutMs, perSecond: destination.perSecond, breaker: destination.breaker,
            allowPrivate: destination.allowPrivate, rootsFile: destination.roots)
    }
}

extension Settings.Source {
    fileprivate var forwarding: ForwardingPolicy {
        ForwardingPolicy(lingerMs: lingerMs, testEvents: testEvents, eventIDs: policy.eventIDs, copies: copies)
    }

    /// Only a CRM has leads.
    fileprivate var leadReport: LeadReportPolicy? {
        guard policy.kind == .crm, let dataset = datasets.first else { return nil }
        return LeadReportPolicy(source: name, dataset: dataset, consent: consent, policy: policy)
    }
}

extension Settings.Writes {
    fileprivate var mode: WritesMode {
        switch self {
        case .off: .off
        case .dryRun: .dryRun
        case .on: .on
        }
    }
}

extension Settings.DestinationForm {
    fileprivate var outbound: Outbound.DestinationForm {
        switch self {
        case .standard: .json
        case .received: .received
        case .slack: .slack
        }
    }
}

/// What `check` would have said; only settings made by hand can meet it.
package enum SettingsFault: Error, CustomStringConvertible {
    case appMissing(workspace: String)

    package var description: String {
        switch self {
        case .appMissing(let workspace): "The workspace \"\(workspace)\" names an app without a secret."
        }
    }
}
