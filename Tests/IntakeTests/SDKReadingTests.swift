import Testing

@Suite("How the SDKs read answers")
struct SDKReadingTests {
    typealias Verdict = SDKReading.Verdict

    static let full = #""events_received":1,"messages":[],"fbtrace_id":"A""#
    static let error = #""message":"m","type":"OAuthException","code":100,"fbtrace_id":"A""#

    /// What was seen of Python, Node, PHP and Java on 2026-11-21.
    static let seen: [(status: Int, body: String, verdicts: [Verdict])] = [
        (200, "{\(full)}", [.taken(1), .taken(1), .taken(1), .taken(1)]),
        (200, #"{"events_received":1}"#, [.broken, .taken(1), .taken(1), .taken(1)]),
        (202, "{\(full)}", [.taken(1), .taken(1), .taken(1), .taken(1)]),
        (200, #"{\#(full),"more":{"a":1}}"#, [.taken(1), .taken(1), .taken(1), .taken(1)]),
        (200, #"{\#(full),"data":[]}"#, [.taken(1), .taken(1), .taken(1), .broken]),
        (200, #"{\#(full),"success":false}"#, [.refused, .taken(1), .taken(1), .taken(1)]),
        (
            200, #"{"events_received":0,"messages":[],"fbtrace_id":"A"}"#, [.taken(0), .taken(0), .taken(0), .taken(0)]
        ),
        (200, #"{"error":{\#(error)}}"#, [.refused, .misled, .refused, .misled]),
        (200, "", [.broken, .misled, .broken, .broken]),
        (204, "", [.refused, .misled, .broken, .broken]),
        (400, #"{"error":{\#(error)}}"#, [.refused, .refused, .refused, .refused]),
        (400, #"{"message":"bad"}"#, [.broken, .refused, .misled, .refused]),
        (400, #"{"error":"nope"}"#, [.broken, .broken, .broken, .refused]),
        (400, #"{"error":{\#(error),"error_data":"plain text"}}"#, [.broken, .refused, .refused, .refused]),
        (429, #"{"error":{\#(error)}}"#, [.refused, .refused, .refused, .refused]),
        (500, #"{"error":{\#(error)}}"#, [.refused, .refused, .refused, .refused]),
        (500, "<html><body>Oops</body></html>", [.broken, .broken, .broken, .refused]),
        (503, "Service Unavailable", [.refused, .broken, .broken, .refused]),
    ]

    @Test("each reads as it was seen to read", arguments: seen.indices)
    func reads(_ index: Int) {
        let (status, body, verdicts) = Self.seen[index]
        #expect(SDKReading.verdicts(status: status, body: body) == verdicts, "\(status) \(body)")
    }

    @Test("only answers that all of them read rightly follow the rule, of those that were seen")
    func rule() {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json"
        let good = Self.seen.filter { row in
            let answer = WebAnswer(status: row.status, head: head, body: row.body)
            return AnswerRule.faults(of: answer, taken: 1) == [] || AnswerRule.faults(of: answer, taken: nil) == []
        }
        // An error of the rule says whether it is transient; those that were sent to the SDKs did not.
        #expect(good.map(\.status) == [200, 202, 200])
    }
}
