import Core
import TestSupport
import Testing

@Suite("Leads: the document that destinations get")
struct LeadsDocumentTests {
    static let lead = Lead(
        leadID: "444", createdAtMs: 1_425_113_354_000, form: NamedID("555", name: "Offer"), page: NamedID("7243", name: "Shop"),
        ad: NamedID("1111", name: "x"), adset: NamedID("111", name: "S"), campaign: NamedID("11"), platform: "ig",
        isOrganic: false,
        isTest: false,
        fields: [
            LeadField(name: "name", key: "full_name", values: ["Żaneta \"Ż\" O’Hara"]),
            LeadField(name: "colours", key: "colours?", values: ["red", "blue"]),
            LeadField(name: "name", key: "nickname", values: ["Zan\n"]),
            LeadField(name: "note", key: "note", values: []),
        ],
        consents: [LeadConsent(key: "optional_1", isChecked: true), LeadConsent(key: "optional_2", isChecked: false)])

    @Test("every member, in its place")
    func document() throws {
        let document = Self.lead.document(workspace: "belmonte", receivedAtMs: 1_795_176_000_123)
        #expect(document.encoded() + "\n" == String(decoding: try Fixture.bytes("leads/lead-received.json"), as: UTF8.self))
    }

    @Test("what is not known is null, not left out")
    func unknown() {
        let bare = Lead(
            leadID: "1", createdAtMs: 0, form: nil, page: nil, ad: nil, adset: nil, campaign: nil, platform: nil, isOrganic: nil,
            isTest: true, fields: [], consents: [])
        let document = bare.document(workspace: "w", receivedAtMs: 0)
        for key in ["form", "page", "ad", "ad_set", "campaign", "platform", "is_organic"] {
            #expect(document[key] == .null, "\(key)")
        }
        #expect(document["test"] == true && document["fields"] == [:] && document["consents"] == [])
    }

    @Test("a chat is told ids and nothing that the person wrote")
    func sentence() {
        let text = Self.lead.sentence(workspace: "belmonte")
        #expect(text == "Lead 444 of form 555, ad 1111 (belmonte)")
        for field in Self.lead.fields { for value in field.values { #expect(!text.contains(value)) } }
    }

    @Test(
        "times as other programs read them",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_795_176_000_123, "2026-11-20T12:00:00.123Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (1_709_164_799_999, "2024-02-28T23:59:59.999Z"), (1_709_251_199_000, "2024-02-29T23:59:59.000Z"),
        ])
    func time(_ ms: Int64, _ text: String) {
        #expect(UTCTime.text(ms: ms) == text)
    }

    @Test("the most specific entity comes first")
    func entities() {
        #expect(Self.lead.entities == [EntityRef(.ad, "1111"), EntityRef(.adset, "111"), EntityRef(.campaign, "11")])
    }
}
