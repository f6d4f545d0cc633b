import Core
import Testing

@Suite("Leads: what a notification tells, and what makes a lead a test")
struct LeadsNoticeTests {
    static let values: [(String, LeadNotice?)] = [
        (
            #"{"leadgen_id":"1958340478236214","form_id":"5","ad_id":"6798698439993","adgroup_id":"6798698439993"}"#,
            LeadNotice(leadID: "1958340478236214", formID: "5", adID: "6798698439993")
        ),
        (
            #"{"leadgen_id":120250784238480294,"ad_id":120250784238480295}"#,
            LeadNotice(leadID: "120250784238480294", formID: nil, adID: "120250784238480295")
        ),
        (#"{"leadgen_id":"7","adgroup_id":"8"}"#, LeadNotice(leadID: "7", formID: nil, adID: "8")),
        (#"{"leadgen_id":"7","ad_id":0,"adgroup_id":"8"}"#, LeadNotice(leadID: "7", formID: nil, adID: "8")),
        (#"{"leadgen_id":"7","ad_id":"","adgroup_id":0}"#, LeadNotice(leadID: "7", formID: nil, adID: nil)),
        (#"{"leadgen_id":"7","ad_id":"0"}"#, LeadNotice(leadID: "7", formID: nil, adID: nil)),
        (#"{"leadgen_id":"7","ad_id":null,"form_id":null}"#, LeadNotice(leadID: "7", formID: nil, adID: nil)),
        (#"{"leadgen_id":"7"}"#, LeadNotice(leadID: "7", formID: nil, adID: nil)),
        (#"{"leadgen_id":0}"#, nil), (#"{"leadgen_id":""}"#, nil), (#"{}"#, nil), (#""7""#, nil), ("null", nil),
    ]

    @Test("an ad id of 0, \"0\", \"\" or none is no ad, and adgroup_id is the ad's old name", arguments: values)
    func notice(_ value: String, _ expected: LeadNotice?) throws {
        #expect(LeadNotice(try JSON.parse(Array(value.utf8))) == expected)
    }

    static let answers: [([LeadField], Bool)] = [
        ([field("full_name", "<test lead: dummy data for full_name>"), field("email", "joe@example.com")], true),
        ([field("email", "test@meta.com"), field("city", "Lublin")], true),
        ([field("email", "TEST@FB.COM")], true),
        ([field("email", "test@meta.com"), field("work_email", "joe@example.com")], false),
        ([field("email", "test@meta.com"), field("friend", "joe@example.com")], false),
        ([field("email", "joe@example.com"), field("budget?", "a test lead: dummy data for it")], false),
        ([field("email", "contest@meta.com")], false),
        ([field("city", "Lublin")], false),
        ([field("email")], false),
        ([], false),
    ]

    @Test("a placeholder of Meta's, or its own address in every question for one, makes a test lead", arguments: answers)
    func test(_ fields: [LeadField], _ expected: Bool) {
        #expect(TestLead.isTest(fields) == expected)
    }

    @Test("a form's names replace Meta's keys, others stay as they are")
    func names() {
        let form = LeadForm(id: "5", names: ["wie_groß?": "size", "email": "mail"])
        let named = form.named([Self.field("wie_groß?", "XL"), Self.field("email", "a@b.c"), Self.field("city")])
        #expect(named.map(\.name) == ["size", "mail", "city"])
        #expect(named.map(\.key) == ["wie_groß?", "email", "city"])
        #expect(named.map(\.values) == [["XL"], ["a@b.c"], []])
    }

    private static func field(_ key: String, _ values: String...) -> LeadField { LeadField(name: key, key: key, values: values) }
}
