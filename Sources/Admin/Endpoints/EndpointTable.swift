import Core
import HTTPTypes
import Storage

/// Everything that the admin port serves.
struct EndpointTable: Sendable {
    let store: Store
    let actions: AdminActions
    let telemetry: AdminTelemetry
    let gatekeeper: Gatekeeper
    let startedAtMs: Int64

    var all: [Endpoint] {
        let described = lists + details + standings + acts + quarantine + conversionFigures + access
        let document = OpenAPI(endpoints: described + pages + [openAPI("")]).document.encoded()
        return described + pages + [openAPI(document)]
    }

    private func openAPI(_ document: String) -> Endpoint {
        Endpoint(
            method: .get, path: "/openapi.json", name: "describe", summary: "This description, as OpenAPI 3.1.", access: .open,
            answer: .document("Description"), run: { _ in .text(document, type: "application/json") })
    }
}

extension Parameter {
    static let limit = Parameter.query(
        "limit", .integer(1...Call.limitMax),
        "At most so many rows. There may be fewer although there are more: `next_cursor` tells.",
        fallback: Call.limitFallback)
    static func cursor(of list: String) -> Parameter {
        .query("cursor", .cursor(list), "Goes on where `next_cursor` of an earlier answer says.")
    }

    static let workspace = Parameter.query("workspace", .text(max: 64), "Only of this workspace.")
    static let reason = Parameter.query("reason", .text(max: 256), "Only with this reason's code.")
    static let gate = Parameter.query("gate", .text(max: 256), "Only what waits for this gate, such as `token:belmonte`.")
    static let queueState = Parameter.query("state", .choice(QueueState.allCases.map(\.rawValue)), "Only in this state.")

    static func since(_ what: String) -> Parameter {
        .query("since", .time, "Only \(what) at this time or later, in ms since 1970.")
    }
    static func until(_ what: String) -> Parameter { .query("until", .time, "Only \(what) before this time, in ms since 1970.") }
}
