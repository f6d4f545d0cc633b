import Core
import HTTPTypes
import Signing
import Storage

/// One thing with all that came of it.
extension EndpointTable {
    var details: [Endpoint] { [event, delivery] }

    static let bytes = Parameter.query(
        "bytes", .choice(["none", "show"]),
        "`show`: also what was sent and what destinations answered, unsealed. For tokens that may act; each time is logged with the token's name."
    )

    private var event: Endpoint {
        Endpoint(
            method: .get, path: "/v1/events/{id}", name: "showEvent",
            summary: "One event: where it came from, its jobs, its messages with their attempts, and when what happened.",
            access: .read,
            parameters: [.path("id", .id, "The event's id."), Self.bytes], answer: .document("EventDetail"), mayBeUnknown: true,
            run: { call in
                let (id, shows) = (call.rowID("id") ?? 0, try Self.shows(call))
                guard let story = try await store.read({ try EventStory(of: id, in: $0, shows: shows) }) else {
                    throw Problem(.notFound, code: "event_unknown", message: "No event of this id is stored.", param: "id")
                }
                if shows {
                    Unsealed(token: call.caller?.name ?? "", what: "event", id: id, requestID: call.id).emit(to: call.logger)
                }
                return .document(story.document(nowMs: call.nowMs))
            })
    }

    private var delivery: Endpoint {
        Endpoint(
            method: .get, path: "/v1/deliveries/{seq}", name: "showDelivery",
            summary: "One delivery, and its bytes for who may see them.",
            access: .read, parameters: [.path("seq", .id, "Its place in the order of storing."), Self.bytes],
            answer: .document("DeliveryDetail"), mayBeUnknown: true,
            run: { call in
                let (seq, shows) = (call.rowID("seq") ?? 0, try Self.shows(call))
                let found = try await store.read { transaction in
                    (try transaction.deliveryListing(seq), shows ? try transaction.delivery(seq) : nil)
                }
                guard let listing = found.0 else {
                    throw Problem(
                        .notFound, code: "delivery_unknown", message: "No delivery of this number is stored.", param: "seq")
                }
                if shows {
                    Unsealed(token: call.caller?.name ?? "", what: "delivery", id: seq, requestID: call.id).emit(to: call.logger)
                }
                let bytes = found.1.map { DeliveryBytes($0, position: nil).document } ?? .null
                return .document(["delivery": listing.document, "bytes": bytes])
            })
    }

    /// Throws 403 for who may only read.
    static func shows(_ call: Call) throws(Problem) -> Bool {
        guard call.text("bytes") == "show" else { return false }
        guard call.caller?.may == .act else { throw .mayOnlyRead }
        return true
    }
}
