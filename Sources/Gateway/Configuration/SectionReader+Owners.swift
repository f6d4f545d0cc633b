import Core

/// `apps` and `workspaces`.
extension SectionReader {
    /// Paths of the public port that are taken.
    private static let takenPaths = ["/healthz", "/callbacks", "/auth", "/capi"]

    func apps(_ cursor: Cursor) -> [Settings.App]? {
        guard let items = cursor.items(of: "apps") else { return nil }
        guard !items.isEmpty else {
            cursor.fault("found an empty list, expected at least one app.")
            return nil
        }
        var names: [(String, Cursor)] = [], ids: [(String, Cursor)] = []
        let apps = items.compactMap { app($0, names: &names, ids: &ids) }
        Self.refuseRepeats(names, "the app")
        Self.refuseRepeats(ids, "the app id")
        let secrets = apps.reduce(0) { $0 + $1.secrets.count }
        if secrets > Limits.secretsMax {
            cursor.fault(
                "found \(secrets) secrets in all, expected at most \(Limits.secretsMax): each is tried on every delivery.")
        }
        return apps
    }

    /// Whatever has a name is given on, so that what refers to it is not blamed too; its own faults are in the log.
    private func app(_ cursor: Cursor, names: inout [(String, Cursor)], ids: inout [(String, Cursor)]) -> Settings.App? {
        let keys = ["name", "id", "secrets", "verify_token", "path", "allow_sha1"]
        guard let section = cursor.members(keys, required: ["name", "id", "secrets", "verify_token"]) else { return nil }
        let name = section["name"]?.name()
        let id = section["id"]?.id("the app's id")
        if let name, let place = section["name"] { names.append((name, place)) }
        if let id, let place = section["id"] { ids.append((id, place)) }
        let secrets = section["secrets"].flatMap(self.secrets)
        let verifyToken = section["verify_token"]?.secret("the verify token")
        let path = section["path"].map(webhookPath) ?? "/webhooks/meta"
        let allowSHA1 = section["allow_sha1"].map { $0.truth() } ?? false
        guard let name else { return nil }
        return Settings.App(
            name: name, id: id ?? "", secrets: secrets ?? [], verifyToken: verifyToken ?? Secret(""), path: path ?? "",
            allowSHA1: allowSHA1 ?? false)
    }

    private func secrets(_ cursor: Cursor) -> [Secret]? {
        guard let items = cursor.items(of: "app secrets") else { return nil }
        guard !items.isEmpty else {
            cursor.fault("found an empty list, expected the app's secret (two while rotating).")
            return nil
        }
        let secrets = items.map { $0.secret("an app secret") }
        return secrets.contains(nil) ? nil : secrets.compactMap(\.self)
    }

    private func webhookPath(_ cursor: Cursor) -> String? {
        let expected = "a path such as /webhooks/meta"
        guard let text = cursor.text(expected) else { return nil }
        let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f } && !text.contains { "?#%\\".contains($0) }
        guard isPlain, text.hasPrefix("/"), text.utf8.count > 1, !text.hasSuffix("/"), !text.contains("//"),
            text.utf8.count <= 200
        else {
            cursor.refuse(expected: expected)
            return nil
        }
        if let taken = Self.takenPaths.first(where: { text == $0 || text.hasPrefix($0 + "/") }) {
            cursor.fault("found \(cursor.found), but \(taken) is an endpoint of the gateway itself; expected \(expected).")
            return nil
        }
        return text
    }

    func workspaces(_ cursor: Cursor, apps: [Settings.App]) -> [Settings.Workspace] {
        guard let items = cursor.items(of: "workspaces") else { return [] }
        var names: [(String, Cursor)] = [], accounts: [(String, Cursor)] = [], pages: [(String, Cursor)] = []
        let workspaces = items.compactMap { item -> Settings.Workspace? in
            let keys = ["name", "app", "token", "accounts", "act_on", "pages", "instagram", "margin", "money"]
            guard let section = item.members(keys, required: ["name", "app", "token", "accounts"]) else { return nil }
            let name = section["name"].flatMap(workspaceName)
            if let name, let place = section["name"] { names.append((name, place)) }
            let token = section["token"]?.secret("the workspace's access token")
            let app = section["app"]?.name()
            if let app, let place = section["app"] { place.refuseUnknown(app, among: apps.map(\.name), "app") }
            let owned = ids(section["accounts"], of: "ad accounts") { $0.account() }
            let writable = ids(section["act_on"], of: "ad accounts") { $0.account() }
            let fans = self.pages(section["pages"])
            let instagram = ids(section["instagram"], of: "Instagram accounts") { $0.id("the id of an Instagram account") }
            accounts += owned
            pages += fans.map { ($0.id, $0.place) } + instagram
            Self.refuseRepeats(writable, "the account")
            for (account, place) in writable where !owned.contains(where: { $0.0 == account }) {
                place.refuse(expected: "one of the workspace's own accounts")
            }
            let margin = section["margin"]?.share()
            let money = section["money"].map(self.money) ?? Settings.Workspace.defaultMoney
            guard let name else { return nil }
            return Settings.Workspace(
                name: name, app: app ?? "", token: token ?? Secret(""), accounts: owned.map(\.0), actOn: writable.map(\.0),
                pages: fans.map(\.id),
                pageTokens: Dictionary(
                    fans.compactMap { fan in fan.token.map { (fan.id, $0) } }, uniquingKeysWith: { first, _ in first }),
                instagram: instagram.map(\.0),
                margin: margin, money: money)
        }
        Self.refuseRepeats(names, "the workspace")
        Self.refuseRepeats(accounts, "the account")
        Self.refuseRepeats(pages, "the Page or Instagram account")
        return workspaces
    }

    /// A Page by its id, or `{id, token}`.
    private func pages(_ cursor: Cursor?) -> [(id: String, token: Secret?, place: Cursor)] {
        cursor?.items(of: "Pages")?.compactMap { item in
            if item.isScalar { return item.id("the id of a Page").map { ($0, nil, item) } }
            guard let section = item.members(["id", "token"], required: ["id", "token"]) else { return nil }
            let token = section["token"]?.secret("the Page's access token")
            return section["id"]?.id("the id of a Page").map { ($0, token, item) }
        } ?? []
    }

    private func workspaceName(_ cursor: Cursor) -> String? {
        guard let name = cursor.name() else { return nil }
        guard name != "unassigned" else {
            cursor.fault("\"unassigned\" is kept for events that nobody owns, expected another name.")
            return nil
        }
        return name
    }

    private func ids(_ cursor: Cursor?, of what: String, _ read: (Cursor) -> String?) -> [(String, Cursor)] {
        cursor?.items(of: what)?.compactMap { item in read(item).map { ($0, item) } } ?? []
    }

    private func money(_ cursor: Cursor) -> MoneyEnvelope {
        let standard = Settings.Workspace.defaultMoney
        let keys = ["raise_per_day", "raise_per_entity_per_day", "budget_writes_per_entity_per_hour"]
        guard let section = cursor.members(keys) else { return standard }
        return MoneyEnvelope(
            raisePerDay: section["raise_per_day"]?.money(),
            raisePerEntityPerDayPercent: section["raise_per_entity_per_day"].map { $0.percent(0...1_000) }
                ?? standard.raisePerEntityPerDayPercent,
            budgetWritesPerEntityPerHour: section["budget_writes_per_entity_per_hour"].map { $0.integer(0...4) }
                ?? standard.budgetWritesPerEntityPerHour)
    }
}
