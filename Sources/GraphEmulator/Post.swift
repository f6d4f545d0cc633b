/// What comments hang on: a Page's post, or a piece of Instagram media.
struct Post: Sendable {
    enum Network: String, Sendable {
        case facebook, instagram
    }

    let id: String
    let page: String
    let network: Network
    let createdMs: Int64
    /// Further readable fields, as the scenario gives them.
    let fields: [String: Value]
}
