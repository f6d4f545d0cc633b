import Core
import Testing

@Suite("Edits of stored conversions")
struct ConversionEditTests {
    private static let event = json(
        #"{"event_name":"Purchase","event_id":"o1","event_time":1789999000,"action_source":"website","custom_data":{"value":3,"contents":[{"id":"a"},{"id":"b"}]},"user_data":{"em":["\#(String(repeating: "a", count: 64))"]},"_touchstone":{"consent":"sent_without","forward":false,"reason":"quarantined","findings":[["currency_missing","$['custom_data']['currency']"]]}}"#
    )

    private static func json(_ text: String) -> JSON { (try? JSON.parse(Array(text.utf8))) ?? .null }

    private func edited(_ edit: String) throws -> JSON { try ConversionEdit(Self.json(edit)).applied(to: Self.event) }

    @Test("what a person writes on the command line is an edit: of what is set, of what goes, or of both")
    func written() throws {
        let both = try #require(
            ConversionEdit.document(assignments: ["custom_data.value=12.5", "note=a=b"], removals: ["user_data.ph"]))
        #expect(both == Self.json(#"{"set":{"custom_data.value":12.5,"note":"a=b"},"unset":["user_data.ph"]}"#))
        let set = try #require(ConversionEdit.document(assignments: ["custom_data.currency=EUR"], removals: []))
        #expect(try ConversionEdit(set).applied(to: Self.event)["custom_data"]?["currency"]?.text == "EUR")
        let unset = try #require(ConversionEdit.document(assignments: [], removals: ["custom_data"]))
        #expect(try ConversionEdit(unset).applied(to: Self.event)["custom_data"] == nil)
        #expect(ConversionEdit.document(assignments: ["custom_data.value"], removals: []) == nil)
        let nothing = try #require(ConversionEdit.document(assignments: [], removals: []))
        #expect(throws: ConversionEditFault.malformed) { try ConversionEdit(nothing) }
    }

    @Test("values are set and taken out at any depth, by either way of writing a path")
    func paths() throws {
        #expect(try edited(#"{"set":{"custom_data.currency":"EUR"}}"#)["custom_data"]?["currency"] == "EUR")
        #expect(
            try edited(#"{"set":{"$['custom_data']['contents'][1]['id']":"c"}}"#)["custom_data"]?["contents"]?[1]?["id"] == "c")
        #expect(try edited(#"{"set":{"custom_data.contents.2.id":"c"}}"#)["custom_data"]?["contents"]?.items.count == 3)
        #expect(try edited(#"{"set":{"app_data.extinfo":["a"]}}"#)["app_data"]?["extinfo"] == ["a"])
        #expect(try edited(#"{"unset":["custom_data.contents.0"]}"#)["custom_data"]?["contents"]?.items == [["id": "b"]])
        #expect(try edited(#"{"unset":["user_data","no.such.thing"]}"#)["user_data"] == nil)
        let both = try edited(#"{"set":{"user_data.em":"x"},"unset":["user_data"]}"#)
        #expect(both["user_data"] == ["em": "x"])
    }

    @Test(
        "what can't be an edit is refused, and nothing of it is repeated",
        arguments: [
            (#"[]"#, ConversionEditFault.malformed), (#"{}"#, .malformed), (#"{"set":[]}"#, .malformed),
            (#"{"unset":"a"}"#, .malformed), (#"{"set":{},"unset":[]}"#, .malformed),
            (#"{"set":{},"unset":["custom_data"]}"#, .malformed), (#"{"set":{"a":1},"unset":[]}"#, .malformed),
            (#"{"set":{"joe@example.com":1}}"#, .pathInvalid), (#"{"set":{"":1}}"#, .pathInvalid),
            (#"{"set":{"a..b":1}}"#, .pathInvalid),
            (#"{"unset":[7]}"#, .pathInvalid), (#"{"unset":["$"]}"#, .pathInvalid),
            (#"{"set":{"event_name.x":1}}"#, .identity("event_name")), (#"{"set":{"event_id":"o2"}}"#, .identity("event_id")),
            (#"{"set":{"_touchstone.forward":true}}"#, .notEditable),
            (#"{"set":{"custom_data.value.x":1}}"#, .noSuchPlace), (#"{"set":{"custom_data.contents.7":1}}"#, .noSuchPlace),
            (#"{"unset":["custom_data.contents.2"]}"#, .noSuchPlace),
        ])
    func faults(_ edit: String, _ fault: ConversionEditFault) {
        #expect(throws: fault) { _ = try edited(edit) }
        #expect(!fault.sentence.contains("joe"))
    }

    @Test("an id can be given to an event that has none")
    func id() throws {
        var event = Self.event
        if case .object(var object) = event {
            object["event_id"] = nil
            event = .object(object)
        }
        let edit = try ConversionEdit(Self.json(#"{"set":{"event_id":"o9"}}"#))
        #expect(try edit.applied(to: event)["event_id"] == "o9")
    }

    @Test("a mended event is judged as one that arrives: hashes stay, raw values are read, the consent is what it was")
    func mended() throws {
        let nowMs: Int64 = 1_790_000_000_000
        let none = try MendedConversion(Self.event, .none, rules: .documented, nowMs: nowMs)
        #expect(none.event == nil)
        #expect(none.findings.filter { $0.severity == .reject }.map(\.path) == ["$['custom_data']['currency']"])
        let edit = try ConversionEdit(Self.json(#"{"set":{"custom_data.currency":"eur","user_data.ph":"+49 151 234"}}"#))
        let mended = try MendedConversion(Self.event, edit, rules: .documented, nowMs: nowMs)
        let event = try #require(mended.event)
        #expect(event.outcome == .sentWithout && event.held == nil && event.fields["event_id"] == "o1")
        #expect(event.personal.map(\.key) == [.em, .ph])
        #expect(event.fields["_touchstone"] == nil)
        let old = try MendedConversion(Self.event, edit, rules: .documented, nowMs: nowMs + 8 * 86_400_000)
        #expect(old.event == nil && old.findings.contains { $0.fault == .timeTooOld && $0.path == "$['event_time']" })
    }

    @Test("what consent took out is not missed and does not come back", arguments: ["dropped", "stripped"])
    func consent(_ outcome: String) throws {
        let stored = Self.json(
            #"{"event_name":"Purchase","event_time":1789999000,"action_source":"website","custom_data":{"currency":"EUR"},"_touchstone":{"consent":"\#(outcome)","forward":false,"reason":"quarantined","findings":[]}}"#
        )
        let edit = try ConversionEdit(Self.json(#"{"set":{"custom_data.value":3,"user_data.em":"a@example.com"}}"#))
        let mended = try MendedConversion(stored, edit, rules: .documented, nowMs: 1_790_000_000_000)
        let event = try #require(mended.event)
        #expect(event.outcome.rawValue == outcome && event.held == (outcome == "dropped" ? .noConsent : .noMatchKeys))
        #expect(event.personal.isEmpty && event.fields["user_data"]?["external_id"] == nil)
    }

    @Test("the cause of a quarantine is what was stored first; other events have none")
    func cause() {
        let cause = QuarantineCause(stored: Self.event)
        #expect(cause?.code == "currency_missing" && cause?.path == "$['custom_data']['currency']")
        #expect(cause?.sentence == ConversionFault.currencyMissing.sentence)
        #expect(QuarantineCause(stored: ["event_name": "Purchase"]) == nil)
        let reason = Reason("x", "Y.")
        #expect(QuarantineCause(refusal: reason, path: "$['data'][3]['user_data']['em']").path == "$['user_data']['em']")
        #expect(QuarantineCause(refusal: reason, path: nil).path == nil)
    }
}
