import Core
import Testing

@Suite("What orders are read with")
struct OrderReadingTests {
    @Test(
        "a moment is read in every form that shops write",
        arguments: [
            ("2026-01-10T11:00:00-05:00", 1_768_060_800), ("2026-01-10T16:00:00Z", 1_768_060_800),
            ("2026-01-10T16:00:00", 1_768_060_800), ("2026-01-10 16:00:00", 1_768_060_800),
            ("2026-01-10T16:00:00.999Z", 1_768_060_800), ("2026-01-10T17:30:00+0130", 1_768_060_800),
            ("2024-02-29T00:00:00z", 1_709_164_800), ("1969-12-31T23:59:59Z", -1), ("2026-01-10T23:59:60Z", 1_768_089_599),
            ("2026-02-30T00:00:00Z", nil), ("2026-01-10", nil), ("2026-01-10T24:00:00Z", nil), ("2026-01-10T16:00:00+1", nil),
            ("2026-01-10T16:00:00ZZ", nil), ("2026-01-10T16:00:00 UTC", nil), ("1768060800", nil), ("", nil),
            ("2026-01-10T1６:00:00Z", nil),
        ] as [(String, Int64?)])
    func time(text: String, seconds: Int64?) { #expect(ISOTime.seconds(text) == seconds) }

    @Test(
        "consent is read from the order as it came, from lists by name",
        arguments: [
            ("buyer_accepts_marketing", true), ("note_attributes.marketing", true), ("note_attributes.other", false),
            ("customer.email_marketing_consent.state", true), ("customer.verified_email", true), ("email", false),
            ("nothing.there", false), ("line_items.Chair - blue", false),
        ])
    func consent(path: String, isGranted: Bool) throws {
        let policy = ConsentPolicy(path: path.split(separator: ".").map(String.init), without: .drop)
        #expect(policy.isGranted(inOrder: try OrderSample.document("shopify-order")) == isGranted)
    }

    @Test("a refund is never too old, down to 1970")
    func oldRefund() throws {
        func check(_ name: String, _ seconds: Int64) throws -> ConversionCheck {
            try ConversionSample.check([
                "event_name": .string(name), "event_time": .integer(seconds), "action_source": "website",
                "user_data": ["em": "jane@shop.example"], "custom_data": ["order_id": "1", "value": 5, "currency": "EUR"],
            ])
        }
        for seconds in [0, 1_700_000_000] as [Int64] { #expect(try check("Refund", seconds).events.count == 1) }
        for seconds in [-1, .min] as [Int64] { #expect(try check("Refund", seconds).refusal?.fault == .timeTooOld) }
        #expect(try check("Purchase", 1_700_000_000).refusal?.fault == .timeTooOld)
    }

    @Test("no rule lets the value of a refund go: without it all of the order would be taken back")
    func refundRules() throws {
        let cases: [(JSON, ConversionFault)] = [
            (["order_id": "1", "value": 5], .currencyMissing),
            (["order_id": "1", "value": 5, "currency": "euro"], .currencyInvalid),
            (["order_id": "1", "value": 5, "currency": "XYZ"], .currencyUnknown),
            (["order_id": "1", "value": "five", "currency": "EUR"], .valueInvalid),
        ]
        for (money, fault) in cases {
            for ruling in fault.rulings {
                let refund: JSON = [
                    "event_name": "Refund", "event_time": 1_767_225_600, "action_source": "website", "custom_data": money,
                ]
                #expect(try ConversionSample.check(refund, rules: [fault: ruling]).refusal?.fault == fault, "\(ruling)")
            }
        }
        let whole: JSON = [
            "event_name": "Refund", "event_time": 1_767_225_600, "action_source": "website",
            "custom_data": ["order_id": "1", "currency": "XYZ"],
        ]
        #expect(try ConversionSample.check(whole, rules: [.currencyUnknown: .off]).refusal == nil)
    }

    @Test("a refund needs nobody, is held back from Meta and keeps its money; refused it is set aside")
    func refund() throws {
        let refund: JSON = [
            "event_name": "Refund", "event_time": 1_767_225_600, "action_source": "website",
            "custom_data": ["order_id": "1", "value": "5", "currency": "EUR"],
        ]
        let check = try ConversionSample.check(refund)
        #expect(check.refusal == nil && check.findings == [])
        #expect(check.events.first?.held == .refund)
        let negative = try ConversionSample.check(
            ConversionSample.body([refund.with("custom_data", ["value": "-5", "currency": "EUR"])]), strictness: .partial)
        #expect(negative.faulty.first?.reason?.fault == .valueInvalid)
        #expect(negative.faulty.first?.remains?.held == .quarantined)
        // Control: the same under another name is somebody's.
        #expect(try ConversionSample.check(refund.with("event_name", "Refunds")).refusal?.fault == .userDataMissing)
    }
}

extension JSON {
    fileprivate func with(_ key: String, _ value: JSON) -> JSON {
        guard case .object(var object) = self else { return self }
        object[key] = value
        return .object(object)
    }
}
