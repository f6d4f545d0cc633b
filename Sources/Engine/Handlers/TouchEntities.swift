package import Core
import Storage

/// Marks the ads, ad sets and campaigns that the event names, or that earlier handlers found behind it, as touched; the refresher reads those
/// and nothing else.
///
/// Their ad sets and campaigns are touched with them as soon as they are known: here, or when the refresher reads the ads.
package struct TouchEntities: ReadingHandler {
    package static let name = "touch"
    package static let needs: Set<Slot> = []
    package static let gives: Set<Slot> = []
    package static let argument = HandlerArgument.none

    package init(argument: String) {}

    package func handle(_ work: inout Work) async throws(HandlerError) {
        guard work.workspace != nil else { return }
        var touch = Touch(work)
        let (missing, workspace) = (touch.missing, work.event.workspace)
        if !missing.isEmpty {
            do {
                touch.fill(try await work.reach.store.read { try Touch.accounts(of: missing, workspace, in: $0) })
            } catch {
                throw .failed(.retry(.unreadableStore))
            }
        }
        touch.emit(into: &work)
    }

    package func decide(_ work: inout Work, _ reading: Reading) throws {
        guard work.workspace != nil else { return }
        var touch = Touch(work)
        touch.fill(try Touch.accounts(of: touch.missing, work.event.workspace, in: reading.transaction))
        touch.emit(into: &work)
    }
}

/// What an event touches, with the accounts that it is of.
private struct Touch {
    private let entities: [EntityRef]
    /// As the event or an earlier handler named them, else as `entities` has them: what is missing then costs a read of its own.
    private var accounts: [EntityRef: String] = [:]

    init(_ work: Work) {
        let lead = work.lead.flatMap { $0.isTest ? nil : $0.entities } ?? []
        var seen: Set<EntityRef> = []
        entities = (work.event.entities + lead + work.ads.flatMap(\.entities) + work.above).filter { seen.insert($0).inserted }
        for ad in work.ads { for ref in ad.entities { accounts[ref] = ad.accountID } }
        for ref in entities where accounts[ref] == nil { accounts[ref] = work.event.accountID }
    }

    var missing: [EntityRef] { entities.filter { accounts[$0] == nil } }

    static func accounts(of refs: [EntityRef], _ workspace: String, in transaction: Transaction) throws -> [EntityRef: String] {
        var accounts: [EntityRef: String] = [:]
        for ref in refs { accounts[ref] = try transaction.entity(ref, workspace: workspace)?.accountID }
        return accounts
    }

    mutating func fill(_ found: [EntityRef: String]) { accounts.merge(found) { first, _ in first } }

    func emit(into work: inout Work) {
        for entity in entities {
            work.emit(.touch(entity, accountID: accounts[entity], metricMoved: work.event.metricMoved))
        }
    }
}

extension ResolvedAd {
    /// The ad with its ad set and campaign, as far as they are known.
    package var entities: [EntityRef] {
        [EntityRef(.ad, adID)] + (adsetID.map { [EntityRef(.adset, $0)] } ?? [])
            + (campaignID.map { [EntityRef(.campaign, $0)] } ?? [])
    }
}
