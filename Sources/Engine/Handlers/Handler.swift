package import Core
package import Storage

/// One step of a chain. It reads (the network included) and decides; it writes nothing.
///
/// What it wants done it emits as effects. One transaction then commits all effects of the chain and the job's completion.
package protocol Handler: Sendable {
    /// As in the configuration, never renamed.
    static var name: String { get }
    /// What an earlier handler of the chain must have given.
    static var needs: Set<Slot> { get }
    static var gives: Set<Slot> { get }
    /// What follows the name in the configuration: nothing, or the name of something elsewhere in it.
    static var argument: HandlerArgument { get }
    init(argument: String)
    func handle(_ work: inout Work) async throws(HandlerError)
}

/// What a handler takes in the configuration.
package enum HandlerArgument: Sendable, Equatable {
    case none
    case destination
    /// The name of a policy under `moderation`.
    case moderation
    /// The name of a source of kind `crm`.
    case crm
}

/// Why a handler could not go on; the worker asks for its disposition.
package enum HandlerError: Error, Equatable {
    case dead(Reason)
    /// What a read from outside came to.
    case failed(Disposition)

    package var disposition: Disposition {
        switch self {
        case .dead(let reason): .cancel(reason)
        case .failed(let disposition): disposition
        }
    }
}

/// What goes through a chain: the event, whose it is, what earlier handlers found, and the effects so far.
package struct Work: Sendable {
    package let event: StoredEvent
    /// Nil when nobody owns the event.
    package let workspace: Workspace?
    /// What a handler may read from.
    package let reach: Reach
    /// `Slot.lead`.
    package var lead: Lead?
    /// `Slot.ads`: the ads behind a post, media or conversion.
    package var ads: [ResolvedAd] = []
    /// Ad sets and campaigns behind the event where no ad is known.
    package var above: [EntityRef] = []
    package private(set) var effects: [Effect] = []

    package init(event: StoredEvent, workspace: Workspace?, reach: Reach) {
        self.event = event
        self.workspace = workspace
        self.reach = reach
    }

    package mutating func emit(_ effect: Effect) { effects.append(effect) }
}
