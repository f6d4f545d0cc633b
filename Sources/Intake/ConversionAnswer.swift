import Core

/// What a sender is told whose conversions were taken, or only looked at.
struct ConversionAnswer: Sendable {
    let status: Int
    private let members: [JSONObject.Member]

    /// The three members that Meta answers with; at our own entrance the findings too.
    init(_ call: ConversionCall, received: Int, _ check: ConversionCheck) {
        status = call.entrance.status
        var members = [
            JSONObject.Member(key: "events_received", value: .integer(received)),
            JSONObject.Member(key: "messages", value: .array(check.messages.map(JSON.string))),
        ]
        if call.entrance.source != nil {
            members += [
                JSONObject.Member(key: "dataset", value: .string(call.dataset)),
                JSONObject.Member(key: "findings", value: Self.list(check.findings)),
            ]
        }
        if call.isTrial {
            // what would only be kept apart is no less wrong
            members.append(JSONObject.Member(key: "valid", value: .bool(check.refusal == nil && check.faulty.isEmpty)))
        }
        self.members = members
    }

    func json(traceID: String) -> JSON {
        .object(JSONObject(members + [JSONObject.Member(key: "fbtrace_id", value: .string(traceID))]))
    }

    /// Each with its code, its place and what becomes of it.
    static func list(_ findings: [ConversionFinding]) -> JSON {
        .array(
            findings.map { finding in
                [
                    "code": .string(finding.fault.rawValue), "path": .string(finding.path),
                    "severity": .string(finding.severity.rawValue), "message": .string(finding.fault.sentence(finding.severity)),
                ]
            })
    }
}
