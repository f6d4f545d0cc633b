package import Core
import Storage

/// Marks the ads, ad sets and campaigns that the event names as touched; the refresher reads those and nothing else.
///
/// Their ad sets and campaigns are touched with them as soon as the refresher knows them.
package struct TouchEntities: Handler {
    package static let name = "touch"
    package static let needs: Set<Slot> = []
    package static let gives: Set<Slot> = []
    package static let argument = HandlerArgument.none

    package init(argument: String) {}

    package func handle(_ work: inout Work) async throws(HandlerError) {
        guard work.workspace != nil else { return }
        for entity in work.event.entities {
            work.emit(.touch(entity, accountID: work.event.accountID, metricMoved: work.event.metricMoved))
        }
    }
}
