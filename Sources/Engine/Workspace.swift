package import Core
package import GraphAPI

/// One advertiser, as the engine sees it.
package struct Workspace: Sendable {
    package let name: String
    /// The app whose secret makes the proofs.
    package let app: String
    /// Ad account ids without `act_`.
    package let accounts: [String]
    /// Accounts that may be written to.
    package let actOn: Set<String>
    package let pages: [String]
    /// Part of revenue that is left before advertising; nil: profit is unknown.
    package let margin: Scaled?
    package let money: MoneyEnvelope?
    package let credentials: GraphCredentials
    /// Tokens of Pages that the configuration gives; those of other Pages are asked of Meta.
    package let pageTokens: [String: GraphCredentials]
    /// Instagram account ids.
    package let instagram: [String]

    package init(
        name: String, app: String, accounts: [String], actOn: Set<String>, pages: [String], margin: Scaled?,
        money: MoneyEnvelope?,
        credentials: GraphCredentials, pageTokens: [String: GraphCredentials] = [:], instagram: [String] = []
    ) {
        self.name = name
        self.app = app
        self.accounts = accounts
        self.actOn = actOn
        self.pages = pages
        self.margin = margin
        self.money = money
        self.credentials = credentials
        self.pageTokens = pageTokens
        self.instagram = instagram
    }

    /// The workspace of events that nobody owns: kept, listed, never acted on.
    package static let unassigned = "unassigned"
}

/// Finds the owner of an event through the account, Page or app that it is about.
package struct WorkspaceIndex: Sendable {
    private let byAccount: [String: String]
    private let byPage: [String: String]
    private let byName: [String: Workspace]

    package init(_ workspaces: [Workspace]) {
        var byAccount: [String: String] = [:], byPage: [String: String] = [:], byName: [String: Workspace] = [:]
        for workspace in workspaces {
            byName[workspace.name] = workspace
            for account in workspace.accounts { byAccount[account] = workspace.name }
            for page in workspace.pages + workspace.instagram { byPage[page] = workspace.name }
        }
        self.byAccount = byAccount
        self.byPage = byPage
        self.byName = byName
    }

    /// The workspace's name, or `unassigned`.
    package func owner(of event: Event) -> String {
        if let account = event.accountID, let owner = byAccount[account] { return owner }
        return byPage[event.objectID] ?? Workspace.unassigned
    }

    package subscript(_ name: String) -> Workspace? { byName[name] }
    package var all: [Workspace] { byName.values.sorted { $0.name < $1.name } }
}
