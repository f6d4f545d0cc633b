import Core
import Testing

@Suite("The page of a conversion and its click")
struct ConversionClickTests {
    typealias Sample = ConversionSample

    private func read(
        _ url: String, fbc: String? = nil, rules: [ConversionFault: Ruling] = [:], _ change: (inout JSONObject) -> Void = { _ in }
    ) throws -> (event: ServerEvent, faults: [ConversionFault]) {
        let event = Sample.event {
            $0["event_source_url"] = .string(url)
            if let fbc { $0["user_data"] = ["em": "a@b.c", "client_user_agent": "x", "fbc": .string(fbc)] }
            change(&$0)
        }
        let check = try Sample.check(event, rules: rules)
        #expect(check.refusal == nil)
        return (try #require(check.events.first), check.findings.map(\.fault))
    }

    @Test(
        "a URL with http or https goes on as it is",
        arguments: [
            "https://shop.example/thanks?order=1001", "http://shop.example", "HTTPS://Shop.Example:8443/a b",
            "https://[2001:db8::1]/",
            "https://bücher.example/größe", "https://shop.example/p?fbclid=", "https://shop.example/p.AQICAQMC",
            "https://user@shop.example?x#y",
        ])
    func url(_ url: String) throws {
        let (event, faults) = try read(url)
        #expect(event.fields["event_source_url"] == .string(url))
        #expect(faults == [])
    }

    @Test(
        "what is no URL is left out and said, or what the source has made of it",
        arguments: [
            "shop.example/thanks", "//shop.example", "ftp://shop.example", "https://", "https:///x", "https:// shop.example/",
            "file:///x", "about:blank", "https//shop.example", "https://?x=1",
        ])
    func noURL(_ url: String) throws {
        let (event, faults) = try read(url)
        #expect(event.fields["event_source_url"] == nil)
        #expect(faults == [.urlInvalid])
        #expect(try read(url, rules: [.urlInvalid: .warn]).event.fields["event_source_url"] == .string(url))
        #expect(try read(url, rules: [.urlInvalid: .off]).faults == [])
        let strict = try Sample.check(Sample.with("event_source_url", .string(url)), rules: [.urlInvalid: .reject])
        #expect(strict.refusal?.path == "$['data'][0]['event_source_url']")
    }

    @Test("an empty URL is a missing one")
    func emptyURL() throws {
        #expect(try read(" ").faults == [.sourceURLMissing])
    }

    @Test(
        "fbc is made of the click in the URL and the time of the event",
        arguments: [
            ("https://s.example/?fbclid=IwAR2F4-d_x", "IwAR2F4-d_x"), ("https://s.example/?a=1&fbclid=IwAR.AQICAQMC#top", "IwAR"),
            ("https://s.example/?fbclid=Iw%41R&fbclid=Last", "Last"), ("https://s.example/?fbclid=Iw%41R", "IwAR"),
        ])
    func built(_ url: String, _ id: String) throws {
        let (event, faults) = try read(url)
        #expect(event.fields["user_data"]?["fbc"] == .string("fb.1.1767225600000.\(id)"))
        #expect(faults == [.clickBuilt])
        #expect(try read(url, rules: [.clickBuilt: .off]).event.fields["user_data"]?["fbc"] == nil)
    }

    @Test(
        "no fbc is made where nothing sound can be",
        arguments: [
            "https://s.example/?fbclid=", "https://s.example/?fbclid=a+b", "https://s.example/?x=fbclid",
            "https://s.example/#?fbclid=I",
            "https://s.example/?FBCLID=Iw", "https://s.example/?fbclid=\(String(repeating: "I", count: 501))",
        ])
    func notBuilt(_ url: String) throws {
        let (event, faults) = try read(url)
        #expect(event.fields["user_data"]?["fbc"] == nil)
        #expect(faults == [])
    }

    @Test("a click that only an upload names can't be dated, and is not made up")
    func notDated() throws {
        let (event, _) = try read("https://s.example/?fbclid=IwAR") { $0["action_source"] = "physical_store" }
        #expect(event.fields["user_data"]?["fbc"] == nil)
    }

    @Test(
        "a newer click in the URL takes the place of an older fbc, and nothing else does",
        arguments: [
            ("fb.1.1767225500000.Old", "fb.1.1767225600000.New", [.clickRebuilt]),
            ("fb.1.1767225500000.New", "fb.1.1767225500000.New", []),
            ("fb.1.1767225600001.Old", "fb.1.1767225600001.Old", []),
            ("nothing", "fb.1.1767225600000.New", [.clickDropped, .clickBuilt]),
            ("fb.1.1767225500000.New.AQQCAQIB", "fb.1.1767225500000.New.AQQCAQIB", []),
        ] as [(String, String, [ConversionFault])])
    func rebuilt(_ fbc: String, _ wanted: String, _ faults: [ConversionFault]) throws {
        let read = try read("https://s.example/?fbclid=New", fbc: fbc)
        #expect(read.event.fields["user_data"]?["fbc"] == .string(wanted))
        #expect(read.faults == faults)
    }

    @Test("a source may keep its older fbc, and may have a malformed one refused")
    func chosen() throws {
        let url = "https://s.example/?fbclid=New"
        let kept = try read(url, fbc: "fb.1.1767225500000.Old", rules: [.clickRebuilt: .warn])
        #expect(kept.event.fields["user_data"]?["fbc"] == "fb.1.1767225500000.Old")
        #expect(kept.faults == [.clickRebuilt])
        let event = try Sample.userData(#"{"em":"a@b.c","fbc":"nothing"}"#)
        let refused = try Sample.check(event, rules: [.clickDropped: .reject])
        #expect(refused.refusal?.subcode == 2_804_001)
        #expect(refused.refusal?.path == "$['data'][0]['user_data']['fbc']")
    }

    @Test("a click makes a customer findable who is not otherwise")
    func findable() throws {
        let (event, _) = try read("https://s.example/?fbclid=IwAR") { $0["user_data"] = ["client_user_agent": "x"] }
        #expect(event.held == nil)
    }

    @Test("a hash where Meta takes the value as it is is said", arguments: ["client_user_agent", "madid", "anon_id", "idfv"])
    func hashed(_ key: String) throws {
        let hash = String(repeating: "0a", count: 32)
        for value in [hash, hash + ".AQQCAQIB"] {
            let event = try Sample.userData(#"{"em":"a@b.c","client_user_agent":"x","\#(key)":"\#(value)"}"#)
            let check = try Sample.check(event)
            #expect(check.findings.map(\.fault) == [.hashWherePlain])
            #expect(check.events.first?.fields["user_data"]?[key] == .string(value))
            let repaired = try Sample.check(event, rules: [.hashWherePlain: .repair])
            #expect(repaired.events.first?.fields["user_data"]?[key] == nil)
        }
    }
}
