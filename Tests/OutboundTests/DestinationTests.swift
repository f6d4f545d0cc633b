import Core
import Testing

@testable import Outbound

@Suite("Destinations as configured")
struct DestinationTests {
    @Test(
        "a good URL is taken apart and put together again",
        arguments: [
            ("https://crm.example/hooks?k=v", "https://crm.example:443/hooks?k=v"),
            ("https://CRM.Example", "https://crm.example:443/"),
            ("https://crm.example:8443?x=1", "https://crm.example:8443/?x=1"), ("http://127.0.0.1:9/x", "http://127.0.0.1:9/x"),
            ("http://localhost/x", "http://localhost:80/x"), ("https://[2a03:2880::1]:444/", "https://[2a03:2880::1]:444/"),
            ("http://[::1]:80/", "http://[::1]:80/"),
        ])
    func goodURL(url: String, dialled: String) throws {
        #expect(try Target(url).url == dialled)
    }

    @Test(
        "a URL that could mean something else is refused",
        arguments: [
            "http://crm.example/", "ftp://crm.example/", "crm.example", "https://", "https://user:pw@crm.example/",
            "https://crm.example/#x",
            "https://crm.example\\@127.0.0.1/", "https://crm.example/a b", "https://crm.example:0/", "https://crm.example:65536/",
            "https://crm.example:/", "https://crm.example:+1/", "https://.crm.example/", "https://crm.example./",
            "https://crm..example/",
            "https://[::1/", "https://[1.2.3.4]/", "https://[::1]x/", "https://crm.example%2f@127.0.0.1/",
            "https://crm\u{e9}.example/",
            "https://crm.example/\r\nX: y", "http://127.1/", "http://10.0.0.1/", "http://[::ffff:127.0.0.1]/", "",
        ])
    func badURL(url: String) {
        #expect(throws: DestinationFault.self) { try Destination(name: "x", url: url) }
    }

    @Test(
        "headers that frame, sign or smuggle are refused",
        arguments: [
            ("Host", "x"), ("content-length", "1"), ("Transfer-Encoding", "chunked"), ("Connection", "close"),
            ("webhook-signature", "x"),
            ("X-Hub-Signature-256", "x"), ("Content-Type", "x"), ("X-A", "a\r\nX-B: b"), ("X-A", "a\nb"), ("X-A", "a\u{0}"),
            ("X A", "a"),
            ("", "a"), ("X-A:", "a"), ("X-\u{e9}", "a"),
        ])
    func badHeader(name: String, value: String) {
        #expect(throws: DestinationFault.self) {
            try Destination(name: "x", url: "https://crm.example/", headers: [(name, value)])
        }
    }

    @Test("secrets, times and rates that can't be are refused")
    func badRest() throws {
        let url = "https://crm.example/"
        #expect(throws: DestinationFault.self) { try Destination(name: "x", url: url, secret: "") }
        #expect(throws: DestinationFault.self) { try Destination(name: "x", url: url, secret: "whsec_?") }
        #expect(throws: DestinationFault.self) { try Destination(name: "x", url: url, timeoutMs: 0) }
        #expect(throws: DestinationFault.self) { try Destination(name: "x", url: url, timeoutMs: Limits.outgoingCallMs + 1) }
        #expect(throws: DestinationFault.self) { try Destination(name: "x", url: url, perSecond: 0) }
        #expect(throws: DestinationFault.self) { try Destination(name: "x", url: url, rootsFile: "/nowhere.pem") }
    }

    @Test("a destination shows its name and no more")
    func shown() throws {
        let destination = try Destination(
            name: "team", url: "https://hooks.example/services/canary-1", secret: "canary-2",
            headers: [("Authorization", "canary-3")])
        #expect(
            !"\(destination) \(String(reflecting: destination)) \(Mirror(reflecting: destination).children.map { "\($0)" })"
                .contains("canary"))
    }

    private static let answers: [(Int?, Int64?, String)] = [
        (200, nil, "done"), (201, nil, "done"), (204, nil, "done"), (299, nil, "done"),
        (300, nil, "hold destination_redirected"), (301, nil, "hold destination_redirected"),
        (302, nil, "hold destination_redirected"), (304, nil, "hold destination_redirected"),
        (307, nil, "hold destination_redirected"), (308, nil, "hold destination_redirected"),
        (400, nil, "cancel destination_refused_400"), (401, nil, "hold destination_refused_401"),
        (403, nil, "hold destination_refused_403"), (404, nil, "hold destination_refused_404"),
        (405, nil, "cancel destination_refused_405"), (408, nil, "snooze 30000 destination_asked_to_wait"),
        (409, nil, "cancel destination_refused_409"), (410, nil, "hold destination_disabled"),
        (413, nil, "cancel destination_refused_413"), (422, nil, "cancel destination_refused_422"),
        (425, 1_500, "snooze 1500 destination_asked_to_wait"), (429, nil, "snooze 30000 destination_asked_to_wait"),
        (429, 0, "snooze 1000 destination_asked_to_wait"), (429, 999_000_000, "snooze 3600000 destination_asked_to_wait"),
        (500, nil, "retry destination_failed_500"), (500, 5_000, "retry destination_failed_500"),
        (502, nil, "retry destination_failed_502"), (503, nil, "retry destination_failed_503"),
        (503, 5_000, "snooze 5000 destination_asked_to_wait"), (504, nil, "retry destination_failed_504"),
        (599, nil, "retry destination_failed_599"), (nil, nil, "retry destination_no_answer"),
    ]

    @Test("what an answer means for the message", arguments: answers)
    func dispositions(status: Int?, retryAfterMs: Int64?, word: String) {
        let result = OutboundResult(destination: "crm", status: status, retryAfterMs: retryAfterMs)
        #expect(Self.word(result.disposition(nowMs: 0)) == word)
        #expect(word.hasSuffix(result.outcome))
    }

    @Test("what holds a destination says what to correct", arguments: [301, 308, 401, 403, 404, 410])
    func remedies(status: Int) {
        guard case .hold(_, let reason)? = OutboundResult(destination: "crm", status: status).disposition(nowMs: 0) else {
            Issue.record("\(status) holds nothing")
            return
        }
        #expect(reason.sentence.contains("The destination crm answered") && reason.sentence.contains("\(status)"))
        #expect(reason.remedy.contains("URL") && reason.remedy.contains("held messages"))
    }

    private static let faults: [(OutboundFault, String)] = [
        (.paced(waitMs: 2_000), "snooze 2000 destination_paced"), (.addressRefused, "hold destination_address_refused"),
        (.formMismatch, "cancel destination_form_mismatch"), (.badMessage, "cancel destination_bad_message"),
        (.nameUnknown, "retry destination_name_unknown"), (.connectFailed, "retry destination_connect_failed"),
        (.tls, "retry destination_tls_failed"), (.timedOut, "retry destination_timed_out"), (.broken, "retry destination_broken"),
        (.cancelled, "retry destination_stopped"),
    ]

    @Test("what no answer means for the message", arguments: faults)
    func noAnswer(fault: OutboundFault, word: String) throws {
        let result = OutboundResult(destination: "crm", fault: fault)
        #expect(Self.word(result.disposition(nowMs: 0)) == word)
        #expect(word.hasSuffix(result.outcome))
    }

    private static func word(_ disposition: Disposition?) -> String {
        switch disposition {
        case nil: "done"
        case .retry(let reason)?: "retry \(reason.code)"
        case .snooze(let untilMs, let reason)?: "snooze \(untilMs) \(reason.code)"
        case .hold(let gate, let reason)?: (gate == .destination("crm") ? "hold " : "wrong gate ") + reason.code
        case .cancel(let reason)?: "cancel \(reason.code)"
        case .split(let reason)?: "split \(reason.code)"
        }
    }

    @Test(
        "Retry-After is seconds or a date",
        arguments: [
            ("0", 0), ("120", 120_000), ("Wed, 21 Oct 2015 07:28:00 GMT", 2_000), ("Wed, 21 Oct 2015 07:27:00 GMT", 0),
            ("Mon, 29 Feb 2016 00:00:00 GMT", 11_291_522_000), ("-1", nil), ("1.5", nil), ("", nil), ("soon", nil),
            ("Wed, 32 Oct 2015 07:28:00 GMT", nil), ("99999999999999999999", 999_999_999_000),
        ] as [(String, Int64?)])
    func retryAfter(text: String, waitMs: Int64?) {
        #expect(RetryAfter.waitMs(text, nowMs: 1_445_412_478_000) == waitMs)
    }

    @Test("a second's worth goes at once, then one by one; a wait that is too long takes no place")
    func pace() {
        var pace = Pace()
        let first = (0..<5).map { _ in pace.take(perSecond: 4, nowNs: 10_000_000_000, waitMsMax: 1_000) }
        #expect(first == [0, 0, 0, 0, 250])
        #expect(pace.take(perSecond: 4, nowNs: 10_000_000_000, waitMsMax: 100) == 500)
        #expect(pace.take(perSecond: 4, nowNs: 10_000_000_000, waitMsMax: 1_000) == 500)
        #expect(pace.take(perSecond: 4, nowNs: 20_000_000_000, waitMsMax: 1_000) == 0)
    }
}
