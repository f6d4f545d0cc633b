import Core
import Testing

@Suite("The ad behind a conversion")
struct AttributionHintsTests {
    private func hints(url: String = "", userData: JSON = [:], attribution: JSON = [:]) -> AttributionHints {
        AttributionHints(event: ["event_source_url": .string(url), "user_data": userData, "attribution_data": attribution])
    }

    @Test(
        "ids in the URL are read",
        arguments: [
            ("https://s.example/?ad_id=120250784238480294&adset_id=12&campaign_id=13", ["120250784238480294"], ["12"], ["13"]),
            ("https://s.example/?hsa_ad=1&hsa_grp=2&hsa_cam=3#x?ad_id=9", ["1"], ["2"], ["3"]),
            (
                "https://s.example/?utm_content=120250784238480294&utm_term=120250784238480295&utm_campaign=120250784238480296",
                ["120250784238480294"], ["120250784238480295"], ["120250784238480296"]
            ),
            ("https://s.example/?utm_id=1202507842&AD_ID=7&ad_id=7&ad_id=8", ["7", "8"], [], ["1202507842"]),
            ("https://s.example/?utm_content=summer&utm_term=123456789&utm_campaign=spring-2026", [], [], []),
            ("https://s.example/?utm_content=123456789012345678901&ad_id={{ad.id}}&adset_id=0&campaign_id=", [], [], []),
            ("https://s.example/?ad%5Fid=1%32&campaign_id=5.AQICAQMC", ["12"], [], ["5"]), ("https://s.example/", [], [], []),
            ("", [], [], []), ("not a url?ad_id=4", ["4"], [], []),
        ])
    func url(_ url: String, _ ads: [String], _ adsets: [String], _ campaigns: [String]) {
        let hints = hints(url: url)
        #expect(hints.adIDs == ads)
        #expect(hints.adsetIDs == adsets)
        #expect(hints.campaignIDs == campaigns)
    }

    @Test("what the event itself names comes first")
    func attribution() {
        let hints = hints(
            url: "https://s.example/?ad_id=2", userData: ["lead_id": "1234567890123456"],
            attribution: ["ad_id": 1, "adset_id": "3", "campaign_id": "x"])
        #expect(hints.adIDs == ["1", "2"])
        #expect(hints.adsetIDs == ["3"])
        #expect(hints.campaignIDs == [])
        #expect(hints.leadID == "1234567890123456")
    }

    @Test(
        "a click is the same in the cookie and in the URL, to the letter",
        arguments: [
            ("fb.1.1767225500000.IwAR2F4-d_x", "", "IwAR2F4-d_x"), ("fb.1.1767225500000.IwAR2F4-d_x.AQQCAQIB", "", "IwAR2F4-d_x"),
            ("", "https://s.example/?fbclid=IwAR2F4-d_x", "IwAR2F4-d_x"),
            ("", "https://s.example/?a=1&fbclid=IwAR2F4-d_x.AQICAQMC#top", "IwAR2F4-d_x"),
            ("fb.1.1767225500000.Old", "https://s.example/?fbclid=New", "Old"), ("junk", "https://s.example/?fbclid=", nil),
            ("", "", nil),
        ] as [(String, String, String?)])
    func click(_ fbc: String, _ url: String, _ id: String?) {
        #expect(hints(url: url, userData: ["fbc": .string(fbc)]).clickDigestInput == id)
    }
}
