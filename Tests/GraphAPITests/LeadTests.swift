import Core
import Testing

@testable import GraphAPI

@Suite("Leads as Meta gives them")
struct LeadTests {
    private static func lead(_ text: String, id: String = "444") throws -> LeadAnswer? {
        LeadAnswer(id: id, try JSON.parse(Array(text.utf8)))
    }

    @Test("the whole of a lead")
    func whole() throws {
        let lead = try Self.lead(
            """
            {"created_time":"2015-02-28T08:49:14+0000","id":"444","ad_id":"120210000000000001","ad_name":"A","adset_id":"12","adset_name":"S",
             "campaign_id":"11","campaign_name":"C","form_id":"555","is_organic":false,"platform":"fb",
             "field_data":[{"name":"full_name","values":["Zoë 李 🌍"]},{"name":"colours","values":["red","blue"]},{"name":"email","values":["joe@example.com"]}],
             "custom_disclaimer_responses":[{"checkbox_key":"optional_1","is_checked":"1"},{"checkbox_key":"optional_2","is_checked":""}]}
            """)
        let found = try #require(lead)
        #expect(found.leadID == "444" && found.createdAtMs == 1_425_113_354_000 && found.formID == "555")
        #expect(found.ad == NamedID("120210000000000001", name: "A"))
        #expect(found.adset == NamedID("12", name: "S") && found.campaign == NamedID("11", name: "C"))
        #expect(found.platform == "fb" && found.isOrganic == false)
        #expect(
            found.fields == [
                LeadField(name: "full_name", key: "full_name", values: ["Zoë 李 🌍"]),
                LeadField(name: "colours", key: "colours", values: ["red", "blue"]),
                LeadField(name: "email", key: "email", values: ["joe@example.com"]),
            ])
        #expect(
            found.consents == [
                LeadConsent(key: "optional_1", isChecked: true), LeadConsent(key: "optional_2", isChecked: false),
            ])
    }

    private static let times: [(String, Int64?)] = [
        (#""2015-02-28T08:49:14+0000""#, 1_425_113_354_000), (#""2015-02-28T10:49:14+0200""#, 1_425_113_354_000),
        (#""2015-02-28T03:19:14-05:30""#, 1_425_113_354_000), (#""2015-02-28T08:49:14Z""#, 1_425_113_354_000),
        ("1425113354", 1_425_113_354_000), (#""1425113354""#, 1_425_113_354_000), (#""1970-01-01T00:00:00+0000""#, 0),
        (#""2024-02-29T23:59:59+0000""#, 1_709_251_199_000), (#""2023-02-29T00:00:00+0000""#, nil),
        (#""2015-02-28T24:00:00+0000""#, nil), (#""2015-02-28 08:49:14""#, nil), (#""""#, nil), ("null", nil), ("-1", nil),
        (#""2015-02-28T08:49:14+9900""#, nil), ("99999999999999", nil),
    ]

    @Test("the time it was made, in every form; without one it is no lead", arguments: times)
    func time(text: String, ms: Int64?) throws {
        #expect(try Self.lead(#"{"id":"444","created_time":\#(text)}"#)?.createdAtMs == ms)
    }

    private static let truths: [(String, Bool?)] = [
        ("true", true), ("1", true), (#""true""#, true), (#""1""#, true), ("false", false), ("0", false), (#""0""#, false),
        (#""false""#, false), ("null", nil), (#""yes""#, nil),
    ]

    @Test("is_organic in every spelling", arguments: truths)
    func organic(text: String, value: Bool?) throws {
        #expect(try Self.lead(#"{"id":"444","created_time":1,"is_organic":\#(text)}"#)?.isOrganic == value)
    }

    @Test("ids of nothing are none, and names without an id too", arguments: ["0", #""0""#, #""""#, "null"])
    func noIDs(text: String) throws {
        let lead = try Self.lead(
            #"{"id":444,"created_time":1,"ad_id":\#(text),"ad_name":"A","adset_id":\#(text),"campaign_id":\#(text),"form_id":\#(text)}"#
        )
        #expect(lead?.ad == nil && lead?.adset == nil && lead?.campaign == nil && lead?.formID == nil && lead?.leadID == "444")
    }

    @Test("an id beyond 2^53 keeps its digits, as a number too")
    func longID() throws {
        let lead = try Self.lead(
            #"{"id":12025078423848029,"created_time":1,"ad_id":120250784238480294}"#, id: "12025078423848029")
        #expect(lead?.ad?.id == "120250784238480294")
    }

    private static let values: [(String, [String])] = [
        (#"["a","b"]"#, ["a", "b"]), (#""a""#, ["a"]), ("[]", []), ("null", []), (#"[""]"#, [""]),
        (#"[1,true,null,"x"]"#, ["1", "true", "x"]),
        (#"["<test lead: dummy data for email>"]"#, ["<test lead: dummy data for email>"]), (#"["\ud83c\udf0d"]"#, ["🌍"]),
        (#"["line\nbreak \"quoted\""]"#, ["line\nbreak \"quoted\""]),
    ]

    @Test("values are a list, whatever Meta makes of them", arguments: values)
    func fields(text: String, values: [String]) throws {
        let lead = try Self.lead(
            #"{"id":"444","created_time":1,"field_data":[{"name":"q","values":\#(text)},{"values":["no name"]}]}"#)
        #expect(lead?.fields == [LeadField(name: "q", key: "q", values: values)])
    }

    private static let boxes: [(String, Bool)] = [
        (#""1""#, true), (#""""#, false), ("true", true), ("false", false), ("1", true), ("0", false), ("null", false),
    ]

    @Test("a consent box is ticked or not", arguments: boxes)
    func consents(text: String, isChecked: Bool) throws {
        let lead = try Self.lead(
            #"{"id":"444","created_time":1,"custom_disclaimer_responses":[{"checkbox_key":"k","is_checked":\#(text)}]}"#)
        #expect(lead?.consents == [LeadConsent(key: "k", isChecked: isChecked)])
    }

    @Test("another lead's answer is none")
    func other() throws {
        #expect(try Self.lead(#"{"id":"445","created_time":1}"#) == nil)
    }
}
