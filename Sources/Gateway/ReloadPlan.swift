import Core

/// What a configuration that was read again changes in a gateway that runs: what is taken over, and what waits for a restart.
package struct ReloadPlan: Sendable, Equatable {
    /// In force afterwards: the new one, with what can't change while it runs as it was.
    package private(set) var settings: Settings
    /// Key paths of what changes now, `sources.shop`.
    package private(set) var taken: [String] = []
    /// Key paths of what differs and stays as it was.
    package private(set) var needsRestart: [String] = []

    package init(running: Settings, read: Settings) {
        settings = read
        keepRooms(running)
        takePlain(running)
        takeApps(running)
        takeWorkspaces(running)
        takeSources(running)
    }

    /// What sockets, the store and the engine's loops were made from.
    private mutating func keepRooms(_ running: Settings) {
        keep("listen.address", running, \.listen.address)
        keep("listen.trusted_proxies", running, \.listen.trustedProxies)
        keep("listen.proxy_protocol", running, \.listen.proxyProtocol)
        keep("admin.address", running, \.admin.address)
        keep("admin.certificate", running, \.admin.certificate)
        keep("admin.private_key", running, \.admin.privateKey)
        keep("storage", running, \.storage)
        keep("graph", running, \.graph)
        keep("keys", running, \.keys)
        keep("forms", running, \.forms)
        keep("moderation", running, \.moderation)
        keep("destinations", running, \.destinations)
        keep("routes", running, \.routes)
        keep("refresh", running, \.refresh)
        keep("rules", running, \.rules)
        keep("retention", running, \.retention)
        keep("limits.in_flight_requests", running, \.limits.inFlightRequests)
        keep("limits.in_flight_bytes", running, \.limits.inFlightBytes)
        keep("limits.per_address", running, \.limits.perAddress)
        keep("limits.stored_undone", running, \.limits.marks.undone)
        keep("limits.disk_free", running, \.limits.marks.diskFreeBytes)
        keep("limits.database_bytes", running, \.limits.marks.databaseBytes)
        keep("log.format", running, \.log.format)
    }

    private mutating func takePlain(_ running: Settings) {
        take("listen.certificate", running, \.listen.certificate)
        take("listen.private_key", running, \.listen.privateKey)
        take("listen.public_url", running, \.listen.publicURL)
        take("admin.token", running, \.admin.token)
        take("admin.tokens", running, \.admin.tokens)
        take("limits.per_app", running, \.limits.perApp)
        take("limits.per_source", running, \.limits.perSource)
        take("log.level", running, \.log.level)
    }

    private mutating func keep<Value: Equatable>(
        _ name: String, _ running: Settings, _ path: WritableKeyPath<Settings, Value>
    ) {
        guard settings[keyPath: path] != running[keyPath: path] else { return }
        settings[keyPath: path] = running[keyPath: path]
        needsRestart.append(name)
    }

    private mutating func take<Value: Equatable>(_ name: String, _ running: Settings, _ path: KeyPath<Settings, Value>) {
        if settings[keyPath: path] != running[keyPath: path] { taken.append(name) }
    }

    // MARK: lists

    /// An app that is gone stays while a workspace that runs is of it: its secret makes the proofs.
    private mutating func takeApps(_ running: Settings) {
        let needed = Set(running.workspaces.map(\.app))
        for app in running.apps where !settings.apps.contains(where: { $0.name == app.name }) {
            guard needed.contains(app.name) else {
                taken.append("apps.\(app.name)")
                continue
            }
            settings.apps.append(app)
            needsRestart.append("apps.\(app.name)")
        }
        for app in settings.apps where running.apps.first(where: { $0.name == app.name }) != app {
            taken.append("apps.\(app.name)")
        }
    }

    /// Tokens only: whose accounts and Pages they are stays.
    private mutating func takeWorkspaces(_ running: Settings) {
        let read = settings.workspaces
        settings.workspaces = running.workspaces.map { workspace in
            guard let next = read.first(where: { $0.name == workspace.name }) else {
                needsRestart.append("workspaces.\(workspace.name)")
                return workspace
            }
            var mixed = workspace
            mixed.token = next.token
            mixed.pageTokens = next.pageTokens.filter { workspace.pages.contains($0.key) }
            if mixed != workspace { taken.append("workspaces.\(workspace.name)") }
            if mixed != next { needsRestart.append("workspaces.\(workspace.name)") }
            return mixed
        }
        for workspace in read where !running.workspaces.contains(where: { $0.name == workspace.name }) {
            needsRestart.append("workspaces.\(workspace.name)")
        }
    }

    /// Everything of a source, and sources that come and go; not one of a workspace that is not there before a restart.
    private mutating func takeSources(_ running: Settings) {
        let owners = Set(settings.workspaces.map(\.name))
        let read = settings.sources
        settings.sources = read.compactMap { source in
            let before = running.sources.first { $0.name == source.name }
            guard owners.contains(source.workspace) else {
                needsRestart.append("sources.\(source.name)")
                return before
            }
            if before != source { taken.append("sources.\(source.name)") }
            return source
        }
        for source in running.sources where !read.contains(where: { $0.name == source.name }) {
            taken.append("sources.\(source.name)")
        }
    }
}
