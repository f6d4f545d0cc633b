package import Core
import Storage

/// Finds the ads behind the event: those that it names, else those whose creative shows its post or media.
package struct ResolveAd: Handler {
    package static let name = "resolve_ad"
    package static let needs: Set<Slot> = []
    package static let gives: Set<Slot> = [.ads]
    package static let argument = HandlerArgument.none

    package init(argument: String) {}

    package func handle(_ work: inout Work) async throws(HandlerError) {
        guard let workspace = work.workspace else { return }
        let named = work.event.entities.filter { $0.level == .ad }
        for ad in named { work.ads.append(try await work.reach.stories.ad(ad.id, of: workspace)) }
        guard named.isEmpty, let value = try await work.part() else { return }
        let stories = Engagement.stories(object: work.event.object, field: work.event.field, value: value)
        guard !stories.isEmpty else { return }
        work.ads = try await work.reach.stories.ads(behind: stories, of: workspace)
    }
}
