/// What somebody sent through a form.
struct Lead: Sendable {
    let id: String
    let form: String
    let page: String
    let ad: String?
    let adset: String?
    let campaign: String?
    let createdMs: Int64
    let platform: String
    let isOrganic: Bool
    let isTest: Bool
    /// `{"name": …, "values": […]}` each.
    let answers: [Value]
    /// `{"checkbox_key": …, "is_checked": "1" or ""}` each.
    let consents: [Value]
    /// How many more reads answer as if it weren't there.
    var unreadableReads: Int64
    var isDeleted: Bool
    /// How often it was asked for, readable or not.
    var reads = 0

    var isListed: Bool { !isDeleted && unreadableReads == 0 }
}
