import Core
import Storage

/// `listen`, `storage`, `graph`, `keys`, `refresh`.
extension SectionReader {
    /// Whether Meta's client certificates are asked for. Only `off` in this version.
    private enum ClientCertificates: String, CaseIterable {
        case off, webhooks
    }

    /// What `refresh.first` can say.
    private enum FirstRead: String, CaseIterable {
        case atOnce = "at_once"
        case gather
    }

    func listen(_ cursor: Cursor) -> Settings.Listen? {
        let keys = [
            "address", "certificate", "private_key", "public_url", "trusted_proxies", "proxy_protocol", "client_certificates",
        ]
        guard let section = cursor.members(keys, required: ["address", "certificate", "private_key"]) else { return nil }
        let proxies = section["trusted_proxies"].map(trustedProxies) ?? []
        let proxyProtocol = section["proxy_protocol"].map { $0.word(Settings.ProxyProtocol.self) } ?? .off
        if proxyProtocol == .v2, proxies.isEmpty {
            section["proxy_protocol"]?.fault("needs trusted_proxies: nobody else may say whom a connection is from.")
        }
        if let clients = section["client_certificates"] { clientCertificates(clients) }
        let address = section["address"]?.address()
        let certificate = section["certificate"]?.file("the server's certificate chain (PEM)", in: directory)
        let privateKey = section["private_key"]?.file("the server's private key (PEM)", in: directory)
        let publicURL = section["public_url"].flatMap(self.publicURL)
        guard let address, let certificate, let privateKey, let proxyProtocol else { return nil }
        return Settings.Listen(
            address: address, certificate: certificate, privateKey: privateKey, publicURL: publicURL, trustedProxies: proxies,
            proxyProtocol: proxyProtocol)
    }

    /// `https://hooks.example`, without a path.
    private func publicURL(_ cursor: Cursor) -> String? {
        guard let (text, _) = cursor.url("the https address of this port as the outside knows it") else { return nil }
        let url = text.hasSuffix("/") ? String(text.dropLast()) : text
        guard url.hasPrefix("https://"), !url.dropFirst(8).contains("/") else {
            cursor.refuse(expected: "https:// and a host, without a path")
            return nil
        }
        return url
    }

    private func clientCertificates(_ cursor: Cursor) {
        guard let section = cursor.members(["mode", "roots", "names"], required: ["mode"]) else { return }
        _ = section["roots"]?.text("the path of root certificates (PEM)")
        _ = section["names"]?.items(of: "host names")?.map { $0.text("a host name") }
        guard let mode = section["mode"], let word = mode.word(ClientCertificates.self) else { return }
        switch word {
        case .off: return
        case .webhooks: mode.fault("this version does not ask for client certificates yet: expected off.")
        }
    }

    func storage(_ cursor: Cursor) -> Settings.Storage? {
        guard let section = cursor.members(["url", "readers"], required: ["url"]), let url = section["url"] else { return nil }
        let expected =
            "sqlite: and the path of the database, such as sqlite:var/touchstone.db, or postgres:// and where the server is"
        let readers = section["readers"].map { $0.integer(1...64) } ?? 2
        guard let text = url.text(expected), let readers else { return nil }
        if text.hasPrefix("postgres") { return server(text, readers, url) }
        guard text.hasPrefix("sqlite:"), !text.hasPrefix("sqlite://"), text.utf8.count > 7, !text.hasSuffix("/") else {
            url.refuse(expected: expected)
            return nil
        }
        return Settings.Storage(.file(absolute(String(text.dropFirst(7)))), readers: readers)
    }

    private func server(_ text: String, _ readers: Int, _ url: Cursor) -> Settings.Storage? {
        guard text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") else {
            url.fault("expected postgres://user:password@host:port/database, with options such as ?sslmode=verify-full.")
            return nil
        }
        do throws(StoreError) {
            return Settings.Storage(.server(try PostgresAddress(text)), readers: readers)
        } catch {
            url.fault("is no address of a PostgreSQL database.")
            return nil
        }
    }

    func graph(_ cursor: Cursor) -> Settings.Graph? {
        guard let section = cursor.members(["base_url", "version", "writes"], required: ["base_url", "version", "writes"]) else {
            return nil
        }
        let base = section["base_url"]?.url("the URL of the Graph API")
        let version = section["version"].flatMap(graphVersion)
        let writes = section["writes"]?.word(Settings.Writes.self)
        guard let base, let version, let writes else { return nil }
        let text = base.text.hasSuffix("/") ? String(base.text.dropLast()) : base.text
        return Settings.Graph(baseURL: text, version: version, writes: writes)
    }

    private func graphVersion(_ cursor: Cursor) -> String? {
        let expected = "a version of the Graph API such as v26.0"
        guard let text = cursor.text(expected) else { return nil }
        let parts = text.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
        guard text.hasPrefix("v"), parts.count == 2, parts.allSatisfy({ UInt16($0) != nil && !$0.hasPrefix("+") }) else {
            cursor.refuse(expected: expected)
            return nil
        }
        return text
    }

    func keys(_ cursor: Cursor) -> Settings.Keys? {
        guard let section = cursor.members(["current", "previous"], required: ["current"]) else { return nil }
        let current = section["current"].flatMap(masterKey)
        let previous = section["previous"]?.items(of: "master keys")?.map(masterKey) ?? []
        guard let current, !previous.contains(nil) else { return nil }
        return Settings.Keys(current: current, previous: previous.compactMap(\.self))
    }

    private func masterKey(_ cursor: Cursor) -> Secret? {
        guard let secret = cursor.secret("a master key of 64 hexadecimal digits") else { return nil }
        let text = secret.reveal()
        guard text.utf8.count == 64, text.utf8.allSatisfy({ $0 < 0x80 && Character(UnicodeScalar($0)).isHexDigit }) else {
            cursor.fault(
                "found a text of \(text.utf8.count) bytes, expected a master key of 64 hexadecimal digits (openssl rand -hex 32)."
            )
            return nil
        }
        return secret
    }

    func refresh(_ cursor: Cursor) -> RefreshPolicy {
        let standard = RefreshPolicy()
        let hour: Int64 = 3_600_000
        guard let section = cursor.members(["first", "gather", "floor", "follow_up"]) else { return standard }
        let first = section["first"]?.word(FirstRead.self)
        let gather = section["gather"]?.durationMs(0...hour)
        let floor = section["floor"]?.durationMs(0...24 * hour)
        let followUps = section["follow_up"]?.items(of: "durations")
        let times = followUps?.compactMap { $0.durationMs(1_000...72 * hour) }
        if let times, times.count == followUps?.count, zip(times, times.dropFirst()).contains(where: { $0 >= $1 }) {
            section["follow_up"]?.fault("expected durations in rising order: each is counted from the same read.")
        }
        return RefreshPolicy(
            firstAtOnce: first.map { $0 == .atOnce } ?? standard.firstAtOnce, gatherMs: gather ?? standard.gatherMs,
            floorMs: floor ?? standard.floorMs, followUpMs: times ?? standard.followUpMs)
    }

    func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(directory)/\(path)" }
}
