import Foundation

/// An app that Meta knows.
struct KnownApp: Sendable {
    let id: String
    let secret: String
}

/// A token that Meta gave out.
struct KnownToken: Sendable {
    /// Why a token is refused: the subcode of error 190.
    enum State: String, Sendable, CaseIterable {
        case valid, expired, revoked, checkpoint, unconfirmed
        case passwordChanged = "password_changed"
        case appRemoved = "app_removed"
        case pageRoleLost = "page_role_lost"
    }

    let token: String
    let name: String
    let app: String
    /// Nil: every account.
    let accounts: Set<String>?
    var state: State
    let readOnly: Bool
    /// The Pages that a user's token is bound to; nil: those that let it.
    var pages: Set<String>?
    /// The Page whose own token this is.
    var page: String?

    func mayRead(_ account: String) -> Bool { accounts?.contains(account) ?? true }
}

/// What the emulator plays: accounts, tokens, figures and faults.
package struct Scenario: Sendable {
    var startMs: Int64?
    var frozen = false
    var version = "v26.0"
    var isStandardTier = true
    var enforcesLimits = false
    var requiresProof = true
    var proofUsesOwnClock = false
    var apps: [KnownApp] = []
    var tokens: [KnownToken] = []
    var tree = AdTree()
    var refreshMinutes: Int64 = 0
    /// Rows as written: their days and moments may be relative to the clock's start.
    var rows: [RowText] = []
    var faults: [ScriptedFault] = []
    /// Pages and data sets; what hangs in the Pages is read from `source` once the clock has started.
    var pages = PageTree()
    let source: String
    /// How far ahead of the clock an event may be.
    var futureSeconds: Int64 = 60
    /// Of accepted events only name, id and numbers are kept: for runs of very many.
    var keepsEventsBriefly = false

    /// Reads YAML (or JSON); throws the first fault with its place.
    package init(yaml: String) throws(ScenarioError) {
        source = yaml
        try read(ScenarioEntry(yaml: yaml))
    }

    /// Reads a file of YAML.
    package init(file: String) throws(ScenarioError) {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw ScenarioError(path: "", reason: "can't read \(file)")
        }
        try self.init(yaml: String(decoding: data, as: UTF8.self))
    }
}
