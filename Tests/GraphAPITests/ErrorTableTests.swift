import Core
import Foundation
import TestSupport
import Testing

@testable import GraphAPI

@Suite("Errors by code and subcode")
struct ErrorTableTests {
    struct Listed: Decodable, Sendable {
        let code: Int
        let subcode: Int?
        let name: String
        let http: Int?
        let `class`: String
        let message: String
    }

    private struct File: Decodable { let errors: [Listed] }

    private static let listed = try? JSONDecoder().decode(File.self, from: Data(Fixture.bytes("reference/error-codes.json")))
        .errors

    static func refusal(
        _ code: Int, _ subcode: Int? = nil, message: String = "", transient: Bool? = nil, status: Int = 400,
        headers: [(String, String)] = [],
        target: GraphRequest.Target = .account
    ) -> Refusal? {
        var error: [(String, JSON)] = [("code", .integer(code)), ("message", .string(message)), ("fbtrace_id", "T")]
        if let subcode { error.append(("error_subcode", .integer(subcode))) }
        if let transient { error.append(("is_transient", .bool(transient))) }
        let object = JSON.object(JSONObject(error.map { JSONObject.Member(key: $0.0, value: $0.1) }))
        let usage = UsageHeaders.read(headers.map { (name: $0.0, value: $0.1) }, account: "1")
        return ErrorDocument.read(
            ["error": object], status: status, usage: usage, target: target,
            credentials: GraphCredentials(token: "t", appSecret: "s"))
    }

    private static func word(_ refusal: Refusal?) -> String? { refusal.map { GraphError.refused($0).disposition().word } }

    @Test("every listed code has the class that the list gives it")
    func listed() throws {
        let listed = try #require(Self.listed)
        #expect(listed.count >= 97)
        for row in listed {
            // The list's text of 2500 is the one about a missing token, its class the one of all others; `texts` has both.
            let message = row.code == 2500 ? "" : row.message
            let found = Self.refusal(row.code, row.subcode, message: message, status: row.http ?? 400)
            #expect(found?.kind.rawValue == row.class, "\(row.code)/\(row.subcode.map(String.init) ?? "-") \(row.name)")
        }
    }

    @Test("every row has a sentence and a remedy, and its code is snake_case")
    func rows() {
        for row in ErrorTable.rows {
            #expect(row.reason.sentence.hasSuffix("."))
            #expect(row.reason.remedy.hasSuffix("."))
            #expect(row.reason.code.wholeMatch(of: /[a-z0-9_]+/) != nil)
            #expect((row.kind == .throttle) == (row.wait != nil && row.scope != nil))
        }
        #expect(Set(ErrorTable.rows.map { "\($0.code)/\($0.subcode ?? 0)" }).count == ErrorTable.rows.count)
    }

    @Test(
        "what a text says goes before the code",
        arguments: [
            (1, "Please reduce the amount of data you're asking for, then retry your request", 500, "split", "too_much_data"),
            (100, "Invalid appsecret_proof provided in the API argument", 400, "hold token:belmonte", "app_secret_wrong"),
            (
                100, "API calls from the server require an appsecret_proof argument", 400, "hold token:belmonte",
                "app_secret_wrong"
            ),
            (100, "The ids query parameter is deprecated in v26.0+", 500, "cancel", "ids_parameter_removed"),
            (
                2500, "An active access token must be used to query information about the current user.", 400,
                "hold token:belmonte", "token_missing"
            ),
            (2500, "Unknown path components: /x", 400, "cancel", "query_syntax"),
        ])
    func texts(code: Int, message: String, status: Int, word: String, slug: String) {
        let refusal = Self.refusal(code, message: message, status: status)
        #expect(Self.word(refusal) == word)
        #expect(refusal?.reason.code == slug)
    }

    @Test("a wrong proof asks for the app secret, not for a new login")
    func proofRemedy() {
        let remedy = Self.refusal(100, message: "Invalid appsecret_proof provided in the API argument")?.reason.remedy ?? ""
        #expect(remedy.contains("secret") && remedy.contains("a new login does not help"))
    }

    private static let ordered: [(Int, Int?, Bool?, Int, String)] = [
        (190, 463, nil, 500, "hold token:belmonte"), (190, 999_999, true, 500, "hold token:belmonte"),
        (2, 1_504_041, true, 500, "cancel"), (100, 1_487_534, false, 500, "split"), (100, 777, true, 400, "retry"),
        (100, 777, nil, 500, "cancel"), (250, nil, nil, 400, "hold account:1"), (80_077, nil, nil, 400, "snooze 300000"),
        (424_242, nil, true, 400, "retry"), (424_242, nil, nil, 503, "retry"), (424_242, nil, nil, 429, "snooze 300000"),
        (424_242, nil, nil, 400, "cancel"), (368, 1_404_078, nil, 400, "cancel"), (10, nil, nil, 403, "hold account:1"),
    ]

    @Test(
        "code and subcode, then is_transient, the HTTP status last",
        arguments: ordered)
    func order(code: Int, subcode: Int?, transient: Bool?, status: Int, word: String) {
        #expect(Self.word(Self.refusal(code, subcode, transient: transient, status: status)) == word)
    }

    @Test("an unknown entity cancels its own work; an unknown account is held")
    func notVisible() throws {
        let entity = try #require(Self.refusal(100, 33, target: .entity))
        let account = try #require(Self.refusal(100, 33, target: .account))
        #expect(GraphError.refused(entity).disposition().word == "cancel")
        #expect(GraphError.refused(account).disposition().word == "hold account:1")
        #expect(GraphError.refused(account).disposition(account: nil).word == "hold token:belmonte")
    }

    private static let standard = (
        "X-Ad-Account-Usage", #"{"acc_id_util_pct":99.5,"reset_time_duration":0,"ads_api_access_tier":"standard_access"}"#
    )
    private static let regain = (
        "X-Business-Use-Case-Usage",
        #"{"1":[{"type":"ads_insights","call_count":101,"total_cputime":20,"total_time":20,"estimated_time_to_regain_access":19}]}"#
    )

    private static let waiting: [(Int, Int?, [(String, String)], Int64)] = [
        (17, 2_446_079, [], 300_000), (17, 2_446_079, [standard], 60_000), (613, 1_487_742, [standard], 60_000),
        (80_000, nil, [regain], 19 * 60_000), (80_000, nil, [], 300_000), (613, 1_487_632, [regain], 3_600_000),
        (17, 1_885_172, [regain], 86_400_000), (613, nil, [], 3_600_000), (613, 5_044_001, [regain], 2_000),
        (4, nil, [], 300_000),
        (
            17, 2_446_079, [("x-ad-account-usage", #"{"acc_id_util_pct":100,"reset_time_duration":77}"#)], 77_000
        ),
    ]

    @Test(
        "a throttle waits as long as a header says, else as its row says",
        arguments: waiting)
    func waits(code: Int, subcode: Int?, headers: [(String, String)], waitMs: Int64) {
        #expect(Self.refusal(code, subcode, headers: headers)?.waitMs == waitMs)
    }

    @Test("a person is called for tokens, permissions, policy, an old version and cut limits only")
    func needsPerson() {
        let called = [(190, nil), (10, nil), (368, nil), (2635, nil), (613, nil)] as [(Int, Int?)]
        let not = [(1, nil), (17, nil), (100, nil), (613, 1_487_632), (80_000, nil), (1, 99)] as [(Int, Int?)]
        #expect(called.allSatisfy { Self.refusal($0.0, $0.1).map { GraphError.refused($0).needsPerson } == true })
        #expect(not.allSatisfy { Self.refusal($0.0, $0.1).map { GraphError.refused($0).needsPerson } == false })
    }
}
