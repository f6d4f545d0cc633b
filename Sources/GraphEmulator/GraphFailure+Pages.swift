/// Refusals of calls to Pages and data sets.
extension GraphFailure {
    static let leadsForbidden = GraphFailure(
        status: 403, code: 200, message: "(#200) Requires leads_retrieval permission to manage the object")
    static let commentsForbidden = GraphFailure(
        code: 10,
        message: "(#10) This endpoint requires the 'pages_read_engagement' permission or the 'Page Public Content Access' "
            + "feature.")
    static let moderationForbidden = GraphFailure(
        status: 403, code: 200, message: "(#200) Requires pages_manage_engagement permission to manage the object")
    static let pageTokenNeeded = GraphFailure(
        code: 190, subcode: 2_069_032, message: "(#190) This method must be called with a Page Access Token")
    static let cannotHide = GraphFailure.parameter("This comment cannot be hidden.")
    static let repliedAlready = GraphFailure(code: 10_900, message: "(#10900) Activity already replied to")
    static let cannotReply = GraphFailure(code: 10_903, message: "(#10903) This user can't reply to this activity")
    static let noSuchComment = GraphFailure(
        code: 100, subcode: 2_018_292, message: "(#100) Invalid comment_id parameter")
    static let testLeadThere = refused(
        nil, "Test Lead Already Exists", "This form already has a test lead. Delete it before you create another.")

    /// The events edge answers a bad token with 401.
    var onEvents: GraphFailure {
        var failure = self
        if code == 190 { failure.status = 401 }
        return failure
    }
}

extension GraphRequest {
    var isEvents: Bool { method == "POST" && segments.last == "events" }
}
