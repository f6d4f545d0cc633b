import Core

/// Reads the sections of a configuration one after the other; one that can't be read leaves the others to be checked.
struct SectionReader {
    let root: Cursor
    let handlers: [HandlerContract]
    let directory: String
    /// Faults and warnings of rule files.
    var ruleEntries: [ConfigurationFault] = []

    init(root: Cursor, handlers: [HandlerContract], directory: String) {
        self.root = root
        self.handlers = handlers
        self.directory = directory
    }

    private static let keys = [
        "listen", "admin", "storage", "graph", "keys", "apps", "workspaces", "sources", "forms", "moderation", "destinations",
        "routes", "refresh", "rules", "retention", "log", "limits",
    ]

    /// Nil when anything that is needed is missing or faulty; the faults are in the log.
    mutating func read() -> Settings? {
        let required = ["listen", "admin", "storage", "graph", "keys", "apps"]
        guard let sections = root.members(Self.keys, required: required) else { return nil }
        let listen = sections["listen"].flatMap(self.listen)
        let admin = sections["admin"].flatMap(self.admin)
        let storage = sections["storage"].flatMap(self.storage)
        let graph = sections["graph"].flatMap(self.graph)
        let keys = sections["keys"].flatMap(self.keys)
        let apps = sections["apps"].flatMap(self.apps)
        let workspaces = sections["workspaces"].map { self.workspaces($0, apps: apps ?? []) } ?? []
        let destinations = sections["destinations"].map(self.destinations) ?? []
        let sources = sections["sources"].map { self.sources($0, workspaces: workspaces) } ?? []
        let forms = sections["forms"].map(self.forms) ?? []
        let moderation = sections["moderation"].map(self.moderation) ?? []
        let names = ChainNames(
            destinations: destinations, moderation: moderation, sources: sources.map(\.name),
            crms: sources.filter { $0.policy.kind == .crm }.map(\.name))
        let routes = sections["routes"].map { self.routes($0, names: names) } ?? []
        let retention = sections["retention"].map(self.retention) ?? RetentionPolicy()
        let limits = sections["limits"].map(self.limits) ?? Settings.PublicLimits()
        let log = sections["log"].map(self.log) ?? Settings.Log()
        let refresh = sections["refresh"].map(self.refresh) ?? RefreshPolicy()
        let rules = sections["rules"].map { self.rules($0, workspaces: workspaces, destinations: destinations) } ?? []
        if let graph, graph.writes == .on, workspaces.allSatisfy(\.actOn.isEmpty) {
            sections["graph"]?.warn("writes are on, but no workspace names an account in act_on: nothing will be written.")
        }
        guard let listen, let admin, let storage, let graph, let keys, let apps, let limits else { return nil }
        return Settings(
            listen: listen, admin: admin, storage: storage, graph: graph, keys: keys, apps: apps, workspaces: workspaces,
            sources: sources, forms: forms, moderation: moderation, destinations: destinations, routes: routes, refresh: refresh,
            rules: rules, retention: retention, limits: limits, log: log)
    }

    /// Reports a name that stands twice, at its second place.
    static func refuseRepeats(_ names: [(name: String, at: Cursor)], _ what: String) {
        var seen: [String: String] = [:]
        for (name, cursor) in names {
            if let first = seen[name] {
                cursor.fault("\(what) \"\(name)\" is already at \(first).")
            } else {
                seen[name] = cursor.path
            }
        }
    }
}
