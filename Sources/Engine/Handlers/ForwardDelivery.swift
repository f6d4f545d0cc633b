package import Core
import Storage

/// Sends the delivery on as it was received, so that an existing receiver verifies the same bytes with the same signature.
///
/// Once per delivery and destination, however many of its events take this route.
package struct ForwardDelivery: Handler {
    package static let name = "forward"
    package static let needs: Set<Slot> = []
    package static let gives: Set<Slot> = []
    package static let argument = HandlerArgument.destination

    private let destination: String

    package init(argument: String) { destination = argument }

    package func handle(_ work: inout Work) async throws(HandlerError) {
        work.emit(
            .send(
                OutboxMessage(
                    kind: .forward, workspace: work.event.workspace, orderKey: nil,
                    uniqueKey: "forward:\(destination):delivery:\(work.event.deliverySeq)",
                    reference: (["destination": .string(destination), "delivery": .integer(work.event.deliverySeq)] as JSON)
                        .encoded(),
                    eventID: work.event.id, actionID: nil)))
    }
}
