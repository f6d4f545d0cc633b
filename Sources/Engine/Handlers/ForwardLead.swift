package import Core
import Storage

/// Sends the lead to a destination as a `lead.received` document; once per lead and destination, however often Meta tells of it.
///
/// Test leads go only where the destination asks for them.
package struct ForwardLead: Handler {
    package static let name = "forward_lead"
    package static let needs: Set<Slot> = [.storedLead]
    package static let gives: Set<Slot> = []
    package static let argument = HandlerArgument.destination

    private let destination: String

    package init(argument: String) { destination = argument }

    package func handle(_ work: inout Work) async throws(HandlerError) {
        guard let lead = work.lead else { return }
        guard !lead.isTest || work.reach.testLeadDestinations.contains(destination) else { return }
        work.emit(
            .send(
                OutboxMessage(
                    kind: .lead, workspace: work.event.workspace, orderKey: "lead:\(destination):\(lead.leadID)",
                    uniqueKey: "lead:\(destination):\(work.event.workspace):\(lead.leadID)",
                    reference: (["destination": .string(destination), "lead": .string(lead.leadID)] as JSON).encoded(),
                    eventID: work.event.id, actionID: nil)))
    }
}
