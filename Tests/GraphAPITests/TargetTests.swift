import Core
import Testing

@testable import GraphAPI

@Suite("Refusals about leads, Pages, comments and datasets")
struct TargetTests {
    private struct Case: Sendable, CustomTestStringConvertible {
        let target: GraphRequest.Target
        let code: Int
        let subcode: Int?
        var message = ""
        var transient: Bool?
        var status = 400
        let word: String
        let slug: String

        var testDescription: String { "\(target) \(code)/\(subcode ?? 0)" }
    }

    private static let unseen =
        "Unsupported get request. Object with ID '444' does not exist, cannot be loaded due to missing permissions"
    private static let cases: [Case] = [
        Case(target: .lead, code: 100, subcode: 33, message: unseen, word: "retry", slug: "lead_not_readable"),
        Case(target: .lead, code: 100, subcode: nil, message: unseen, word: "retry", slug: "lead_not_readable"),
        Case(
            target: .lead, code: 803, subcode: nil, message: "Some of the aliases you requested do not exist: 444", word: "retry",
            slug: "lead_not_readable"),
        Case(
            target: .lead, code: 100, subcode: nil, message: "Tried accessing nonexisting field (x)", word: "cancel",
            slug: "invalid_parameter"),
        Case(target: .lead, code: 190, subcode: 463, word: "hold page:700", slug: "token_expired"),
        Case(target: .lead, code: 200, subcode: nil, status: 403, word: "hold page:700", slug: "permission_missing"),
        Case(target: .lead, code: 80_005, subcode: nil, word: "snooze 300000", slug: "leadgen_limit"),
        Case(target: .lead, code: 4, subcode: nil, word: "snooze 300000", slug: "app_limit"),
        Case(target: .lead, code: 2, subcode: nil, status: 500, word: "retry", slug: "meta_unavailable"),
        Case(target: .form, code: 100, subcode: 33, word: "cancel", slug: "form_gone"),
        Case(target: .form, code: 190, subcode: nil, word: "hold page:700", slug: "token_invalid"),
        Case(target: .page, code: 100, subcode: 33, word: "hold page:700", slug: "page_not_visible"),
        Case(target: .page, code: 190, subcode: 460, word: "hold token:belmonte", slug: "password_changed"),
        Case(target: .page, code: 10, subcode: nil, word: "hold page:700", slug: "permission_denied"),
        Case(target: .page, code: 32, subcode: nil, word: "snooze 300000", slug: "page_limit"),
        Case(target: .comment, code: 100, subcode: 33, word: "cancel", slug: "comment_gone"),
        Case(target: .comment, code: 100, subcode: 2_018_292, word: "cancel", slug: "comment_gone"),
        Case(target: .comment, code: 10_900, subcode: nil, word: "cancel", slug: "already_replied"),
        Case(target: .comment, code: 10_903, subcode: nil, word: "cancel", slug: "reply_refused"),
        Case(target: .comment, code: 10, subcode: 2_018_278, word: "cancel", slug: "reply_too_late"),
        Case(target: .comment, code: 10, subcode: nil, word: "hold page:700", slug: "permission_denied"),
        Case(target: .comment, code: 190, subcode: 2_069_032, word: "hold page:700", slug: "page_token_needed"),
        Case(target: .comment, code: 190, subcode: 492, word: "hold page:700", slug: "page_role_lost"),
        Case(target: .comment, code: 368, subcode: nil, word: "cancel", slug: "blocked_for_policy"),
        Case(target: .comment, code: 551, subcode: nil, word: "cancel", slug: "person_unavailable"),
        Case(target: .comment, code: 80_001, subcode: nil, word: "snooze 300000", slug: "business_limit"),
        Case(target: .dataset, code: 100, subcode: 33, word: "hold dataset:900", slug: "dataset_not_visible"),
        Case(target: .dataset, code: 190, subcode: nil, status: 401, word: "hold dataset:900", slug: "token_invalid"),
        Case(target: .dataset, code: 10, subcode: nil, word: "hold dataset:900", slug: "permission_denied"),
        Case(target: .dataset, code: 3, subcode: nil, word: "hold dataset:900", slug: "capability_missing"),
        Case(target: .dataset, code: 294, subcode: nil, word: "hold dataset:900", slug: "ads_management_missing"),
        Case(target: .dataset, code: 230, subcode: nil, word: "hold dataset:900", slug: "permission_missing"),
        Case(target: .dataset, code: 368, subcode: nil, word: "snooze 3600000", slug: "blocked_for_policy"),
        Case(target: .dataset, code: 4, subcode: nil, word: "snooze 300000", slug: "app_limit"),
        Case(target: .dataset, code: 17, subcode: nil, word: "snooze 300000", slug: "account_limit"),
        Case(target: .dataset, code: 341, subcode: nil, word: "snooze 300000", slug: "app_limit"),
        Case(target: .dataset, code: 613, subcode: nil, word: "snooze 3600000", slug: "account_limit_cut"),
        Case(target: .dataset, code: 80_004, subcode: nil, word: "snooze 300000", slug: "management_limit"),
        Case(target: .dataset, code: 1, subcode: nil, word: "retry", slug: "meta_unknown"),
        Case(target: .dataset, code: 2, subcode: nil, status: 500, word: "retry", slug: "meta_unavailable"),
        Case(target: .dataset, code: 5_000, subcode: nil, word: "retry", slug: "meta_unknown"),
        Case(target: .dataset, code: 100, subcode: 2_804_003, word: "cancel", slug: "event_too_old"),
        Case(target: .dataset, code: 100, subcode: 2_804_003, transient: true, word: "retry", slug: "meta_transient"),
        Case(target: .dataset, code: 100, subcode: 2_804_050, status: 500, word: "cancel", slug: "no_match_keys"),
        Case(target: .dataset, code: 100, subcode: 2_804_131, word: "hold dataset:900", slug: "dataset_not_linked"),
        Case(target: .dataset, code: 100, subcode: 2_804_999, word: "cancel", slug: "invalid_parameter"),
        Case(
            target: .dataset, code: 100, subcode: nil, message: "Unexpected key \"x\" on param", word: "cancel",
            slug: "invalid_parameter"),
    ]

    @Test("each has its way on", arguments: cases)
    private func dispositions(row: Case) throws {
        let refusal = try #require(
            ErrorTableTests.refusal(
                row.code, row.subcode, message: row.message, transient: row.transient, status: row.status, target: row.target))
        let error = GraphError.refused(refusal)
        #expect(error.code == row.slug)
        let isEvents = row.target == .dataset
        let disposition = error.disposition(
            nowMs: World.nowMs, workspace: "belmonte", account: nil, page: isEvents ? nil : "700", dataset: isEvents ? "900" : nil
        )
        #expect(disposition.word == row.word)
        #expect(error.isUnseenLead == (row.slug == "lead_not_readable"))
        #expect((error.eventsRefusal != nil) == (isEvents && row.word == "cancel"))
        #expect(!"\(disposition) \(error)".contains("444"))
    }

    @Test("without a Page or dataset the workspace's token is held, as before")
    func withoutAsset() throws {
        for target in [GraphRequest.Target.lead, .comment, .page, .form, .dataset] {
            let refusal = try #require(ErrorTableTests.refusal(190, target: target))
            #expect(GraphError.refused(refusal).disposition(account: nil).word == "hold token:belmonte")
        }
        #expect(GraphError.unusable.disposition(account: nil).word == "hold token:belmonte")
        let held = GraphError.unusable.disposition(nowMs: 0, workspace: "belmonte", account: nil, page: "700")
        #expect(held.word == "hold page:700" && GraphError.unusable.needsPerson)
    }

    @Test("a lead that is not there yet calls nobody; one that is given up says what to look at")
    func unseenLead() throws {
        let refusal = try #require(ErrorTableTests.refusal(100, 33, target: .lead))
        #expect(!GraphError.refused(refusal).needsPerson)
        #expect(GraphError.leadGone.code == "lead_gone" && GraphError.leadGone.remedy.contains("Leads Access Manager"))
        let entity = try #require(ErrorTableTests.refusal(100, 33, target: .entity))
        #expect(!GraphError.refused(entity).isUnseenLead)
    }

    private static let places: [(String, String?, Int?)] = [
        (#"{"message":"(#100) $['data'][3]['event_time'] is required"}"#, "$['data'][3]['event_time']", 3),
        (
            #"{"message":"Invalid parameter","error_user_msg":"The value at $['data'][12]['user_data']['em'][0] is not hashed"}"#,
            "$['data'][12]['user_data']['em'][0]", 12
        ),
        (#"{"message":"Invalid parameter","error_user_title":"param data[7] is wrong"}"#, nil, 7),
        (#"{"message":"x","error_data":"{\"path\":\"$['data'][0]\"}"}"#, "$['data'][0]", 0),
        (#"{"message":"x","error_data":{"path":"data[5]"}}"#, nil, 5),
        (#"{"message":"$['data'][1]['user_data']['joe@example.com'] is unknown"}"#, "$['data'][1]['user_data']", 1),
        (#"{"message":"$['data'][1]['user_data']['491701234567'] is unknown"}"#, "$['data'][1]['user_data']", 1),
        (#"{"message":"$['test_event_code'] must be text"}"#, "$['test_event_code']", nil),
        (#"{"message":"metadata[4] joe@example.com"}"#, nil, nil), (#"{"message":"Invalid parameter"}"#, nil, nil),
        (#"{"message":"$['data'][123456789] is too much"}"#, "$['data']", nil),
    ]

    @Test("the place that Meta names is read, and no value with it", arguments: places)
    func place(text: String, path: String?, index: Int?) throws {
        let json = try JSON.parse(Array(#"{"error":{"code":100,"error_subcode":2804019,\#(text.dropFirst())}"#.utf8))
        let refusal = ErrorDocument.read(
            json, status: 400, usage: [], target: .dataset, credentials: GraphCredentials(token: "t", appSecret: "s"))
        let error = GraphError.refused(try #require(refusal))
        let events = try #require(error.eventsRefusal)
        #expect(events.code == 100 && events.subcode == 2_804_019 && events.path == path && events.index == index)
        #expect(!"\(error) \(events)".contains("joe") && !"\(error) \(events)".contains("49170"))
    }

    @Test(
        "Meta's words are not kept where they may be a person's",
        arguments: [GraphRequest.Target.lead, .form, .page, .comment, .dataset])
    func words(target: GraphRequest.Target) throws {
        let json = try JSON.parse(
            Array(
                #"{"error":{"code":100,"message":"zoe","error_user_title":"zoe","error_user_msg":"zoe@example.com wrote: hello"}}"#
                    .utf8))
        let refusal = ErrorDocument.read(
            json, status: 400, usage: [], target: target, credentials: GraphCredentials(token: "t", appSecret: "s"))
        #expect(!"\(try #require(refusal))".contains("zoe"))
    }

    @Test("every row for a target has a sentence, a remedy and a code of its own form")
    func rows() {
        for row in ErrorTable.commentRows + ErrorTable.eventRows {
            #expect(row.reason.sentence.hasSuffix(".") && row.reason.remedy.hasSuffix("."))
            #expect(row.reason.code.wholeMatch(of: /[a-z0-9_]+/) != nil)
        }
        #expect(Set(ErrorTable.eventRows.map(\.subcode)).count == ErrorTable.eventRows.count)
    }
}
