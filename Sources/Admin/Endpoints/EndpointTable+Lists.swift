import Core
import HTTPTypes
import Signing
import Storage

/// Lists, newest first, a page at a time.
extension EndpointTable {
    var lists: [Endpoint] { [events, facets, deliveries, jobs, outbox, actionList] }

    private static let eventFilters: [Parameter] = [
        .workspace, .query("kind", .text(max: 128), "Only of this kind, such as `page.leadgen`."),
        .query("object", .text(max: 64), "Only of this object, such as `page`."),
        .query("field", .text(max: 64), "Only of this field, such as `leadgen`."),
        .query("entity", .text(max: 255), "Only those that name this ad, ad set, campaign, account or comment."),
        .query("lead", .text(max: 255), "Only those of this lead id."),
        .query("state", .choice(EventState.allCases.map(\.rawValue)), "Only in this state."),
        .query("reason", .text(max: 256), "Only with this reason's code, or this fault."), .since("received"), .until("received"),
    ]

    private static func filter(_ call: Call) -> EventFilter {
        var filter = EventFilter()
        filter.workspace = call.text("workspace")
        filter.kind = call.text("kind")
        filter.object = call.text("object")
        filter.field = call.text("field")
        filter.ref = call.text("entity")
        filter.lead = call.text("lead")
        filter.state = call.choice("state", EventState.self)
        filter.reason = call.text("reason")
        filter.sinceMs = call.number("since")
        filter.untilMs = call.number("until")
        return filter
    }

    private var events: Endpoint {
        Endpoint(
            method: .get, path: "/v1/events", name: "listEvents",
            summary: "Events, newest first; with `after`, oldest first, to follow them.", access: .read,
            parameters: Self.eventFilters + [
                .query(
                    "after", .id, "Only those behind this event, oldest first; `next_cursor` then always tells where to go on."),
                .cursor(of: "events"), .limit,
            ],
            answer: .list("Event"),
            run: { call in
                let (filter, place) = (Self.filter(call), try call.place(of: "events"))
                let listed = try await store.read { try $0.listEvents(filter, place: place, limit: call.limit) }
                return .list(listed, of: "events", from: place, { $0.document }, last: { $0.event.id })
            })
    }

    private var facets: Endpoint {
        Endpoint(
            method: .get, path: "/v1/facets", name: "countEvents",
            summary:
                "How many events share a state, a reason, a kind, a workspace: over the newest ones and those that need somebody.",
            access: .read, parameters: Self.eventFilters, answer: .document("Facets"),
            run: { call in
                let filter = Self.filter(call)
                return .document(try await store.read { try $0.eventFacets(filter) }.document)
            })
    }

    private var deliveries: Endpoint {
        Endpoint(
            method: .get, path: "/v1/deliveries", name: "listDeliveries",
            summary: "Deliveries as they came in, newest first, without what is sealed.", access: .read,
            parameters: [
                .query("app", .text(max: 64), "Only of this app or source."),
                .query("kind", .choice(EnvelopeKind.allCases.map(\.rawValue)), "Only of this kind."),
                .query("state", .choice(["waiting", "decoded"]), "Only what waits to be decoded, or what is."), .reason,
                .since("received"), .until("received"), .cursor(of: "deliveries"), .limit,
            ],
            answer: .list("Delivery"),
            run: { call in
                var filter = DeliveryFilter()
                filter.app = call.text("app")
                filter.kind = call.choice("kind", EnvelopeKind.self)
                filter.decoded = call.text("state").map { $0 == "decoded" }
                filter.reason = call.text("reason")
                filter.sinceMs = call.number("since")
                filter.untilMs = call.number("until")
                let (chosen, place) = (filter, try call.place(of: "deliveries"))
                let listed = try await store.read { try $0.listDeliveries(chosen, place: place, limit: call.limit) }
                return .list(listed, of: "deliveries", from: place, { $0.document }, last: { $0.seq })
            })
    }

    private var jobs: Endpoint {
        Endpoint(
            method: .get, path: "/v1/jobs", name: "listJobs", summary: "Jobs: one event on one route, newest first.",
            access: .read,
            parameters: [
                .workspace, .query("route", .text(max: 64), "Only of this route."), .queueState, .reason, .gate,
                .query("event", .id, "Only of this event."), .since("received"), .until("received"), .cursor(of: "jobs"), .limit,
            ],
            answer: .list("Job"),
            run: { call in
                var filter = JobFilter()
                filter.workspace = call.text("workspace")
                filter.route = call.text("route")
                filter.state = call.choice("state", QueueState.self)
                filter.reason = call.text("reason")
                filter.gate = call.text("gate")
                filter.eventID = call.rowID("event")
                filter.sinceMs = call.number("since")
                filter.untilMs = call.number("until")
                let (chosen, place) = (filter, try call.place(of: "jobs"))
                let listed = try await store.read { try $0.listJobs(chosen, place: place, limit: call.limit) }
                return .list(listed, of: "jobs", from: place, { $0.document(nowMs: call.nowMs) }, last: { $0.job.id })
            })
    }

    private var outbox: Endpoint {
        Endpoint(
            method: .get, path: "/v1/outbox", name: "listMessages",
            summary: "Messages on their way out, and those that got there, newest first.", access: .read,
            parameters: [
                .workspace, .query("kind", .text(max: 64), "Only of this kind, such as `lead`."), .queueState, .reason, .gate,
                .query("event", .id, "Only those that came of this event."), .since("made"), .until("made"),
                .cursor(of: "outbox"), .limit,
            ],
            answer: .list("Message"),
            run: { call in
                var filter = MessageFilter()
                filter.workspace = call.text("workspace")
                filter.kind = call.text("kind")
                filter.state = call.choice("state", QueueState.self)
                filter.reason = call.text("reason")
                filter.gate = call.text("gate")
                filter.eventID = call.rowID("event")
                filter.sinceMs = call.number("since")
                filter.untilMs = call.number("until")
                let (chosen, place) = (filter, try call.place(of: "outbox"))
                let listed = try await store.read { try $0.listMessages(chosen, place: place, limit: call.limit) }
                return .list(listed, of: "outbox", from: place, { $0.document(nowMs: call.nowMs) }, last: { $0.id })
            })
    }

    private var actionList: Endpoint {
        Endpoint(
            method: .get, path: "/v1/actions", name: "listActions", summary: "What rules did, or would have done, newest first.",
            access: .read,
            parameters: [
                .workspace, .query("rule", .text(max: 128), "Only of this rule."),
                .query("state", .choice(ActionState.allCases.map(\.rawValue)), "Only in this state."),
                .query("entity", .text(max: 255), "Only on this ad, ad set or campaign."),
                .query("account", .text(max: 64), "Only in this ad account."), .reason, .since("decided"), .until("decided"),
                .cursor(of: "actions"),
                .limit,
            ],
            answer: .list("Action"),
            run: { call in
                var filter = ActionFilter()
                filter.workspace = call.text("workspace")
                filter.rule = call.text("rule")
                filter.state = call.choice("state", ActionState.self)
                filter.entityID = call.text("entity")
                filter.accountID = call.text("account")
                filter.reason = call.text("reason")
                filter.sinceMs = call.number("since")
                filter.untilMs = call.number("until")
                let (chosen, place) = (filter, try call.place(of: "actions"))
                let listed = try await store.read { try $0.listActions(chosen, place: place, limit: call.limit) }
                return .list(listed, of: "actions", from: place, { $0.document }, last: { $0.id })
            })
    }
}
