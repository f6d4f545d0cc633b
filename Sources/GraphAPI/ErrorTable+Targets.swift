extension ErrorTable {
    /// What a refusal means for leads, Pages, comments and datasets; nil: what the code says.
    static func row(
        of target: GraphRequest.Target, _ code: Int, _ subcode: Int?, _ message: String, isTransient: Bool
    ) -> ErrorRow? {
        let unseen = isUnseen(target, code, subcode, message)
        return switch target {
        case .token, .account, .entity: nil
        case .lead: unseen ? leadUnseen : nil
        case .form: unseen ? formGone : nil
        case .page: unseen ? pageUnseen : nil
        case .comment: unseen ? commentGone : row(in: commentRows, code, subcode)
        case .dataset: unseen ? datasetUnseen : isTransient ? nil : row(in: eventRows, code, subcode)
        }
    }

    /// Whether the object of the call does not exist or is not shown. Meta says 100/33, and in other places 803 or a sentence.
    static func isUnseen(_ target: GraphRequest.Target, _ code: Int, _ subcode: Int?, _ message: String) -> Bool {
        if code == 100, subcode == 33 { return true }
        switch target {
        case .token, .account, .entity: return false
        case .lead, .form, .page, .comment, .dataset:
            return code == 803 || (code == 100 && (message.contains("Object with ID") || message.contains("Unsupported get req")))
        }
    }

    private static func row(in rows: [ErrorRow], _ code: Int, _ subcode: Int?) -> ErrorRow? {
        rows.first { $0.code == code && ($0.subcode == nil || $0.subcode == subcode) }
    }

    static let leadUnseen = ErrorRow(
        100, 33, .retry, "lead_not_readable", "Meta does not show the lead yet, or not to this token.",
        remedy: "Nothing to do for a new lead: it is read again; else look at the Leads Access Manager.")
    static let formGone = ErrorRow(
        100, 33, .fatal, "form_gone", "Meta does not show the form: it is deleted, or hidden from this token.",
        remedy: "Nothing to do: the lead goes on without the form's name.")
    static let pageUnseen = ErrorRow(
        100, 33, .permission, "page_not_visible", "Meta does not know the Page, or this token may not see it.",
        remedy: "Give the token's user a task on the Page in Business settings; held work then goes on by itself.")
    static let commentGone = ErrorRow(
        100, 33, .fatal, "comment_gone", "Meta does not show the comment: it is deleted, or hidden from this token.",
        remedy: "Nothing to do.")
    static let datasetUnseen = ErrorRow(
        100, 33, .permission, "dataset_not_visible", "Meta does not know the dataset, or this token may not send to it.",
        remedy: "Correct the dataset's id, or assign it to the token's user in Events Manager; held events then go out.")

    /// Code of a second private reply.
    static let alreadyReplied = 10_900

    static let commentRows: [ErrorRow] = [
        ErrorRow(
            alreadyReplied, .fatal, "already_replied", "The comment has had its one private reply.", remedy: "Nothing to do."),
        ErrorRow(10_901, .fatal, "reply_refused", "The comment can't be answered in private any more.", remedy: tooLate),
        ErrorRow(10_902, .fatal, "reply_refused", "The comment can't be answered in private.", remedy: tooLate),
        ErrorRow(10_903, .fatal, "reply_refused", "The comment can't be answered in private.", remedy: tooLate),
        ErrorRow(10, 2_018_278, .fatal, "reply_too_late", "The time for a private reply is over.", remedy: tooLate),
        ErrorRow(
            100, 2_018_292, .fatal, "comment_gone", "Meta finds no such comment to answer in private.", remedy: "Nothing to do."),
        ErrorRow(
            190, 2_069_032, .reauth, "page_token_needed", "Meta wants the Page's own token for this.",
            remedy: "Give the token's user a task on the Page in Business settings, or configure the Page's own token."),
        ErrorRow(551, .fatal, "person_unavailable", "The person can't be written to.", remedy: "Nothing to do."),
    ]

    private static let tooLate = "Nothing to do: Meta takes one private reply within seven days, and only where it lets the Page."
}
