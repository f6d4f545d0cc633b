package import Core

extension Settings {
    /// A Meta app: whose signature a delivery carries.
    package struct App: Sendable, Equatable {
        package var name: String
        /// The app's id at Meta, digits.
        package var id: String
        /// The app secret; several while rotating. The first is used for `appsecret_proof`.
        package var secrets: [Secret]
        package var verifyToken: Secret
        /// Path of the webhook endpoint; several apps may share one.
        package var path: String
        /// `X-Hub-Signature` (SHA-1) is good enough when the SHA-256 header is missing. Off unless asked for.
        package var allowSHA1: Bool

        package init(
            name: String, id: String, secrets: [Secret], verifyToken: Secret, path: String = "/webhooks/meta",
            allowSHA1: Bool = false
        ) {
            self.name = name
            self.id = id
            self.secrets = secrets
            self.verifyToken = verifyToken
            self.path = path
            self.allowSHA1 = allowSHA1
        }
    }

    /// One advertiser.
    package struct Workspace: Sendable, Equatable {
        package var name: String
        /// Name of the app whose token this is.
        package var app: String
        package var token: Secret
        /// Ad account ids without `act_`; no two workspaces share one.
        package var accounts: [String]
        /// The accounts that may be written to, without `act_`; a part of `accounts`.
        package var actOn: [String]
        /// Page ids; no two workspaces share one.
        package var pages: [String]
        /// Tokens of Pages by their id; those of other Pages are asked of Meta.
        package var pageTokens: [String: Secret]
        /// Instagram account ids; no two workspaces share one.
        package var instagram: [String]
        /// Share of revenue that is left after the goods are paid, `0.35`; above 0, at most 1. Nil: profit is unknown.
        package var margin: Scaled?
        /// The envelope that no rule of this workspace can leave.
        package var money: MoneyEnvelope

        package init(
            name: String, app: String, token: Secret, accounts: [String], actOn: [String] = [], pages: [String] = [],
            pageTokens: [String: Secret] = [:], instagram: [String] = [],
            margin: Scaled? = nil,
            money: MoneyEnvelope = Workspace.defaultMoney
        ) {
            self.name = name
            self.app = app
            self.token = token
            self.accounts = accounts
            self.actOn = actOn
            self.pages = pages
            self.pageTokens = pageTokens
            self.instagram = instagram
            self.margin = margin
            self.money = money
        }

        /// What holds where the file says nothing: half of a budget a day, three writes an hour, no sum over the workspace.
        package static let defaultMoney = MoneyEnvelope(
            raisePerDay: nil, raisePerEntityPerDayPercent: Scaled(50), budgetWritesPerEntityPerHour: 3)
    }
}
