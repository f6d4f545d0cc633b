/// An instant form of a Page.
struct LeadForm: Sendable {
    let id: String
    let page: String
    let name: String
    let status: String
    /// The keys of its questions.
    let questions: [String]
    let createdMs: Int64
}
