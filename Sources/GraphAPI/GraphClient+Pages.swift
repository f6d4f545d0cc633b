import Core

extension GraphClient {
    /// The Page, with a token that acts for it. `unusable` when Meta gives none.
    ///
    /// `credentials`, here and in all calls about a Page: its own token; nil: the workspace's.
    package func page(_ id: String, credentials: GraphCredentials? = nil) async throws(GraphError) -> PageAccess {
        let answer = try await perform(
            GraphRequest(
                purpose: .page, target: .page, shape: .object, node: try Self.checked(id),
                query: [.init("fields", "id,name,access_token")], account: nil), credentials)
        guard let token = answer.json["access_token"]?.text, !token.isEmpty else { throw .unusable }
        return PageAccess(id: id, name: answer.json["name"]?.text, credentials: self.credentials.issued(token))
    }
}

/// A Page, and what acts for it.
package struct PageAccess: Sendable {
    package let id: String
    /// Nil when it was not asked for.
    package let name: String?
    package let credentials: GraphCredentials

    package init(id: String, name: String?, credentials: GraphCredentials) {
        self.id = id
        self.name = name
        self.credentials = credentials
    }
}
