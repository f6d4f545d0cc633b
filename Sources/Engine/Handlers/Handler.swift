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
    /// What follows the name in the configuration: nothing, or a destination's name.
    static var argument: HandlerArgument { get }
    init(argument: String)
    func handle(_ work: inout Work) async throws(HandlerError)
}

/// What a handler takes in the configuration.
package enum HandlerArgument: Sendable, Equatable {
    case none
    case destination
}

/// Why a handler could not go on; the worker asks for its disposition.
package enum HandlerError: Error, Equatable {
    case dead(Reason)

    package var disposition: Disposition {
        switch self {
        case .dead(let reason): .cancel(reason)
        }
    }
}

/// What goes through a chain: the event, whose it is, and the effects so far.
package struct Work: Sendable {
    package let event: StoredEvent
    /// Nil when nobody owns the event.
    package let workspace: Workspace?
    package private(set) var effects: [Effect] = []

    package init(event: StoredEvent, workspace: Workspace?) {
        self.event = event
        self.workspace = workspace
    }

    package mutating func emit(_ effect: Effect) { effects.append(effect) }
}
