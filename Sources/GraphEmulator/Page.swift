/// A Page, and who may act for it.
struct Page: Sendable {
    let id: String
    let name: String
    let token: String
    /// Texts or names of the tokens that get the Page's; nil: every user token that isn't bound to other Pages.
    let access: Set<String>?
    /// The Instagram account that is linked with it.
    let instagram: String?
    /// Whether leads show their ad to the Page's own token.
    let showsAdFields: Bool

    func lets(_ token: KnownToken) -> Bool {
        if let page = token.page { return page == id }
        if let pages = token.pages { return pages.contains(id) }
        return access.map { $0.contains(token.token) || $0.contains(token.name) } ?? true
    }
}
