import Core
import Testing

@Suite("A lead as the first of its stages")
struct LeadReportTests {
    private static let nowMs: Int64 = 1_795_176_000_000
    private static let createdMs = nowMs - 60_000

    private static func lead(
        _ fields: [(String, [String])] = [], consents: [LeadConsent] = [], createdMs: Int64 = createdMs
    ) -> Lead {
        Lead(
            leadID: "1234567890123456", createdAtMs: createdMs, form: nil, page: nil, ad: nil, adset: nil, campaign: nil,
            platform: nil, isOrganic: nil, isTest: false,
            fields: fields.map { LeadField(name: $0.0, key: $0.0, values: $0.1) }, consents: consents)
    }

    private static func report(_ lead: Lead, _ without: WithoutConsent = .send, stages: StagePolicy = StagePolicy()) -> LeadReport
    {
        LeadReport(
            lead,
            LeadReportPolicy(
                source: "crm", dataset: "900", consent: ConsentPolicy(path: ["consent"], without: without),
                policy: SourcePolicy(kind: .crm, stages: stages)), nowMs: nowMs)
    }

    @Test("it is told with the lead's id, its addresses and numbers, and what Meta needs of a CRM, at the moment it was created")
    func event() throws {
        let lead = Self.lead([
            ("full_name", ["Joe Example"]), ("email", ["Joe@Example.com", " joe@example.com"]),
            ("phone_number", ["+48 600 700 800"]),
            ("work", ["joe@work.example"]), ("size", ["42"]),
        ])
        let report = Self.report(lead, stages: StagePolicy(crm: "Our CRM", leadName: "Raw Lead"))
        let event = try #require(report.events.first)
        #expect(report.eventID == "crm-1234567890123456-Raw Lead-1795175940" && report.eventName == "Raw Lead")
        #expect(
            JSON.object(event.fields) == [
                "event_name": "Raw Lead", "event_time": 1_795_175_940, "event_id": .string(report.eventID),
                "action_source": "system_generated", "user_data": ["lead_id": "1234567890123456"],
                "custom_data": ["event_source": "crm", "lead_event_source": "Our CRM"],
            ])
        #expect(event.personal.map(\.key) == [.em, .ph])
        #expect(
            event.personal.map(\.values) == [[.value("joe@example.com"), .value("joe@work.example")], [.value("48600700800")]])
        #expect(event.held == nil && event.findings.isEmpty)
    }

    @Test("what nobody can be found by is left out and is no fault of anybody's")
    func junk() {
        let contacts = LeadContacts(
            Self.lead([
                ("email", ["n/a", "@", "test@test.com"]), ("phone_number", ["none", "12"]), ("whatsapp", ["0000000000"]),
            ]).fields)
        #expect(contacts == .none)
        #expect(LeadContacts(Self.lead([("mobil", ["+49 170 1234567", "017"])]).fields).phones == ["+49 170 1234567"])
    }

    @Test(
        "whoever wrote it agreed where a box of the form is ticked, or an answer says so; silence is a no",
        arguments: [
            (nil, [], [], false), (nil, [("consent", "yes")], [], true), (nil, [("consent", "no")], [], false),
            (nil, [], [LeadConsent(key: "consent", isChecked: true)], true),
            (nil, [("consent", "yes")], [LeadConsent(key: "consent", isChecked: false)], false),
            ("optional_1", [("consent", "yes")], [LeadConsent(key: "optional_1", isChecked: false)], false),
            ("optional_1", [], [LeadConsent(key: "optional_1", isChecked: true)], true),
            ("darf ich?", [("darf ich?", "true")], [], true),
        ] as [(String?, [(String, String)], [LeadConsent], Bool)])
    func consent(key: String?, answers: [(String, String)], boxes: [LeadConsent], isGranted: Bool) {
        let fields = answers.map { ($0.0, [$0.1]) } + [("email", ["joe@example.com"])]
        let event = Self.report(Self.lead(fields, consents: boxes), .drop, stages: StagePolicy(leadConsent: key)).events.first
        #expect(event?.outcome == (isGranted ? .granted : .dropped))
        #expect(event?.held == (isGranted ? nil : .noConsent))
        #expect(event?.personal.isEmpty == !isGranted)
    }

    @Test("one that is too old for Meta is kept apart, with its reason")
    func old() {
        let lead = Self.lead(createdMs: Self.nowMs - 7 * 86_400_000 - 1_000)
        let event = Self.report(lead).events.first
        #expect(event?.held == .quarantined && event?.findings.map(\.fault) == [.timeTooOld])
    }
}
