package import Core
import Storage

/// Tells a destination that the event came in: ids and kinds, nothing that a person wrote.
package struct NotifyDestination: ReadingHandler {
    package static let name = "notify"
    package static let needs: Set<Slot> = []
    package static let gives: Set<Slot> = []
    package static let argument = HandlerArgument.destination

    private let destination: String

    package init(argument: String) { destination = argument }

    package func handle(_ work: inout Work) async throws(HandlerError) { tell(&work) }

    package func decide(_ work: inout Work, _ reading: Reading) { tell(&work) }

    private func tell(_ work: inout Work) {
        work.emit(
            .send(
                OutboxMessage(
                    kind: .notify, workspace: work.event.workspace,
                    orderKey: work.event.orderKey.map { "notify:\(destination):\($0)" },
                    uniqueKey: "notify:\(destination):event:\(work.event.id)",
                    reference: (["destination": .string(destination)] as JSON).encoded(), eventID: work.event.id, actionID: nil)))
    }
}
