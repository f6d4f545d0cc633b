package import Core
import Storage

/// Marks the ads, ad sets and campaigns that the event names, or that earlier handlers found behind it, as touched; the refresher reads those
/// and nothing else.
///
/// Their ad sets and campaigns are touched with them as soon as they are known: here, or when the refresher reads the ads.
package struct TouchEntities: Handler {
    package static let name = "touch"
    package static let needs: Set<Slot> = []
    package static let gives: Set<Slot> = []
    package static let argument = HandlerArgument.none

    package init(argument: String) {}

    package func handle(_ work: inout Work) async throws(HandlerError) {
        guard work.workspace != nil else { return }
        let lead = work.lead.flatMap { $0.isTest ? nil : $0.entities } ?? []
        var seen: Set<EntityRef> = []
        let touched = (work.event.entities + lead + work.ads.flatMap(\.entities) + work.above).filter { seen.insert($0).inserted }
        let accounts = try await accounts(of: touched, work)
        for entity in touched {
            work.emit(.touch(entity, accountID: accounts[entity], metricMoved: work.event.metricMoved))
        }
    }

    /// As the event or an earlier handler named them, else as `entities` has them: what is missing then costs a read of its own.
    private func accounts(of touched: [EntityRef], _ work: Work) async throws(HandlerError) -> [EntityRef: String] {
        var accounts: [EntityRef: String] = [:]
        for ad in work.ads { for ref in ad.entities { accounts[ref] = ad.accountID } }
        for ref in touched where accounts[ref] == nil { accounts[ref] = work.event.accountID }
        let missing = touched.filter { accounts[$0] == nil }
        guard !missing.isEmpty else { return accounts }
        let workspace = work.event.workspace
        do {
            let known = try await work.reach.store.read { transaction in
                try missing.map { try transaction.entity($0, workspace: workspace)?.accountID }
            }
            for (ref, account) in zip(missing, known) { accounts[ref] = account }
        } catch {
            throw .failed(.retry(.unreadableStore))
        }
        return accounts
    }
}

extension ResolvedAd {
    /// The ad with its ad set and campaign, as far as they are known.
    package var entities: [EntityRef] {
        [EntityRef(.ad, adID)] + (adsetID.map { [EntityRef(.adset, $0)] } ?? [])
            + (campaignID.map { [EntityRef(.campaign, $0)] } ?? [])
    }
}
