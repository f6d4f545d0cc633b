package import Core
package import Storage

/// Sends the conversion on to Meta, unless consent or its own content says otherwise.
///
/// The message names the dataset and the source only: the events of many messages leave in one call, and the body is built then.
package struct ForwardConversion: ConversionHandler {
    package static let name = "forward_conversion"
    package static let needs: Set<Slot> = []
    package static let gives: Set<Slot> = []
    package static let argument = HandlerArgument.none

    package init(argument: String) {}

    package func decide(on conversion: StoredConversion, _ work: inout Work, _ reading: Reading) throws {
        let fate = ConversionFate(try reading.part(work.event.id))
        guard fate.isForwarded else {
            work.emit(.leaveOut(fate.reason))
            return
        }
        guard try !reading.isRepeatedOrder(conversion) else {
            work.emit(.leaveOut(.orderRepeated))
            return
        }
        let policy = work.reach.sources.forwarding(of: conversion.source)
        guard !conversion.isTest || policy.testEvents != .refuse else {
            work.emit(.leaveOut(.testEvent))
            return
        }
        work.emit(
            .send(
                OutboxMessage(
                    kind: .conversion, workspace: work.event.workspace, orderKey: nil,
                    uniqueKey: "conversion:\(work.event.workspace):\(work.event.id)",
                    reference: (["dataset": .string(conversion.dataset), "source": .string(conversion.source)] as JSON).encoded(),
                    eventID: work.event.id, actionID: nil)))
    }
}

/// What was decided about a conversion when it came in, before anything of it was stored.
private struct ConversionFate {
    let isForwarded: Bool
    let reason: Reason

    init(_ event: JSON) {
        let own = event[ConversionDecoder.ownMember]
        isForwarded = own?["forward"]?.truth ?? false
        switch own?["reason"]?.text {
        case "no_consent":
            reason = Reason("no_consent", "There is no consent, and the source's configuration says to drop such events.")
        case "no_match_keys":
            reason = Reason(
                "no_match_keys", "Nothing is left in it by which Meta could match a person.",
                remedy: "Correct what sends the events.")
        case "refund":
            reason = Reason("refund", "Refunds are never sent to Meta: they lower our own figures.")
        case .some(let other):
            reason = Reason(other, "It was marked as not to be forwarded when it came in.")
        case nil:
            reason = Reason("not_marked", "It is not marked as to be forwarded.")
        }
    }
}

extension Reason {
    static let unreadableStore = Reason("store", "The database could not be read.", remedy: "It is tried again.")
    static let orderRepeated = Reason(
        "order_repeated", "The order came before, under the same number, and is told again with a change of it.")
    static let deliveryGone = Reason(
        "delivery_gone", "The delivery that it came in is erased, pruned, or can't be unsealed.", remedy: "Nothing to do.")
    static let sourceGone = Reason(
        "source_gone", "No workspace owns the source that sent it.",
        remedy: "Put the source back into the configuration, then retry.")
}
