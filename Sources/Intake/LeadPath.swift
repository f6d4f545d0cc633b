/// `/v1/leads/{id}/stage`: what has become of a lead of Meta's.
struct LeadPath: Equatable {
    let leadID: String

    /// Nil for all other paths. One slash at the end makes no difference.
    init?(_ path: String) {
        guard path.hasPrefix("/v1/leads/") else { return nil }
        var parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst(3)
        if parts.last?.isEmpty == true { parts.removeLast() }
        guard parts.count == 2, let id = parts.first, !id.isEmpty, parts.last == "stage" else { return nil }
        leadID = String(id)
    }
}
