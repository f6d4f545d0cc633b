package import Core
import Storage

/// Keeps every state of a comment, reaction, mention or post, our own among them, and counts new comments of others for the ads
/// behind them.
package struct StoreEngagement: Handler {
    package static let name = "store_engagement"
    package static let needs: Set<Slot> = []
    package static let gives: Set<Slot> = []
    package static let argument = HandlerArgument.none

    package init(argument: String) {}

    package func handle(_ work: inout Work) async throws(HandlerError) {
        guard work.workspace != nil, let engagement = try await work.engagement() else { return }
        work.emit(.storeEngagement(engagement))
        guard engagement.isNewComment, !engagement.isOwn, !work.ads.isEmpty else { return }
        work.emit(
            .count(
                OwnEvent(
                    count: .comment, entities: work.ads.map { EntityRef(.ad, $0.adID) }, atMs: engagement.occurredAtMs)))
    }
}

extension Work {
    /// What the event was made of; nil when it was erased since.
    func part() async throws(HandlerError) -> JSON? {
        do {
            return try await reach.deliveries.part(of: event)
        } catch {
            throw .unread
        }
    }

    /// What the event says of a comment, reaction, mention or post, with the ads that are known by now; nil when it says
    /// nothing of them.
    func engagement() async throws(HandlerError) -> Engagement? {
        guard let value = try await part() else { return nil }
        let engagement = Engagement.read(
            object: event.object, field: event.field, pageID: event.objectID, occurredAtMs: event.occurredAtMs, value: value)
        return engagement?.on(ads.map(\.adID))
    }
}

extension Engagement {
    var isComment: Bool { kind == .comment || kind == .liveComment }
    var isNewComment: Bool { isComment && verb == "add" }
    var isRemoval: Bool { verb == "remove" || verb == "delete" }
    var isEdit: Bool { ["edit", "edited", "update"].contains(verb) }
}
