package import Admin
package import Core
package import Logging
package import Storage

/// The whole configuration of one gateway, read and checked: what `Gateway.build` is made from.
///
/// Names and meanings are those of the YAML file. Paths are relative to the working directory.
package struct Settings: Sendable, Equatable {
    package var listen: Listen
    package var admin: Admin
    package var storage: Storage
    package var graph: Graph
    package var keys: Keys
    package var apps: [App]
    package var workspaces: [Workspace]
    package var sources: [Source]
    package var forms: [LeadForm]
    package var moderation: [ModerationPolicy]
    package var destinations: [Destination]
    package var routes: [Route]
    package var refresh: RefreshPolicy
    /// Every rule of every file that `rules` names, in the order of the patterns, files sorted by name.
    package var rules: [LoadedRule]
    package var retention: RetentionPolicy
    package var limits: PublicLimits
    package var log: Log

    package init(
        listen: Listen, admin: Admin, storage: Storage, graph: Graph, keys: Keys, apps: [App], workspaces: [Workspace] = [],
        sources: [Source] = [], forms: [LeadForm] = [], moderation: [ModerationPolicy] = [], destinations: [Destination] = [],
        routes: [Route] = [], refresh: RefreshPolicy = RefreshPolicy(), rules: [LoadedRule] = [],
        retention: RetentionPolicy = RetentionPolicy(), limits: PublicLimits = PublicLimits(), log: Log = Log()
    ) {
        self.listen = listen
        self.admin = admin
        self.storage = storage
        self.graph = graph
        self.keys = keys
        self.apps = apps
        self.workspaces = workspaces
        self.sources = sources
        self.forms = forms
        self.moderation = moderation
        self.destinations = destinations
        self.routes = routes
        self.refresh = refresh
        self.rules = rules
        self.retention = retention
        self.limits = limits
        self.log = log
    }

    /// The public port: TLS always.
    package struct Listen: Sendable, Equatable {
        package var address: SocketAddress
        /// PEM file: the server's certificate, then its intermediates.
        package var certificate: String
        package var privateKey: String
        /// How the outside reaches this port, `https://hooks.example`, for addresses that we hand out; nil: the host that was asked.
        package var publicURL: String?
        /// Whose word on a sender's address counts.
        package var trustedProxies: [AddressBlock]
        package var proxyProtocol: ProxyProtocol

        package init(
            address: SocketAddress, certificate: String, privateKey: String, publicURL: String? = nil,
            trustedProxies: [AddressBlock] = [], proxyProtocol: ProxyProtocol = .off
        ) {
            self.address = address
            self.certificate = certificate
            self.privateKey = privateKey
            self.publicURL = publicURL
            self.trustedProxies = trustedProxies
            self.proxyProtocol = proxyProtocol
        }
    }

    /// The admin port: plain HTTP on loopback only, elsewhere TLS.
    package struct Admin: Sendable, Equatable {
        package var address: SocketAddress
        /// Of the operator and of the commands; may act.
        package var token: Secret
        package var tokens: [AdminUser]
        /// PEM files; both or none.
        package var certificate: String?
        package var privateKey: String?

        package init(
            address: SocketAddress, token: Secret, tokens: [AdminUser] = [], certificate: String? = nil, privateKey: String? = nil
        ) {
            self.address = address
            self.token = token
            self.tokens = tokens
            self.certificate = certificate
            self.privateKey = privateKey
        }
    }

    /// Somebody else who may speak to the admin port.
    package struct AdminUser: Sendable, Equatable {
        package var name: String
        package var token: Secret
        package var may: AdminMay

        package init(name: String, token: Secret, may: AdminMay) {
            self.name = name
            self.token = token
            self.may = may
        }
    }

    /// What is said on stderr, and how.
    package struct Log: Sendable, Equatable {
        package enum Format: String, Sendable, CaseIterable { case text, json }

        package var level: Logger.Level
        package var format: Format

        package init(level: Logger.Level = .notice, format: Format = .text) {
            self.level = level
            self.format = format
        }
    }

    /// Where everything durable lies.
    package struct Storage: Sendable, Equatable {
        package var location: StoreLocation
        /// Connections that read side by side, besides those that write.
        package var readers: Int

        package init(_ location: StoreLocation, readers: Int = 2) {
            self.location = location
            self.readers = readers
        }
    }

    /// The Graph API and whether we write to it.
    package struct Graph: Sendable, Equatable {
        /// Without a slash at its end.
        package var baseURL: String
        /// `v26.0`.
        package var version: String
        package var writes: Writes

        package init(baseURL: String, version: String, writes: Writes) {
            self.baseURL = baseURL
            self.version = version
            self.writes = writes
        }
    }

    /// Whether decisions become writes at Meta.
    package enum Writes: String, Sendable, CaseIterable {
        /// Decisions are recorded as "would".
        case off
        /// Meta is asked to validate only.
        case dryRun = "dry_run"
        /// Writes, to the accounts in `act_on` only.
        case on
    }

    /// Master keys, 64 hex digits each.
    package struct Keys: Sendable, Equatable {
        package var current: Secret
        /// Still able to open what they sealed.
        package var previous: [Secret]

        package init(current: Secret, previous: [Secret] = []) {
            self.current = current
            self.previous = previous
        }
    }
}
