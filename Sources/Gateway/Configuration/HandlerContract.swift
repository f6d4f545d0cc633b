package import Core

/// What a configuration must know of a handler to check a chain; Engine's catalogue is handed in as a list of these.
package struct HandlerContract: Sendable, Equatable {
    /// What stands beside the handler's name in a chain.
    package enum Argument: Sendable, Equatable {
        case none
        /// The name of a destination of one of these forms.
        case destination(Set<Settings.DestinationForm>)
        /// The name of a policy of the section `moderation`.
        case moderation
        /// The name of a source of kind `crm`.
        case crm
    }

    package let name: String
    /// Slots that a handler before it in the chain must have given.
    package let needs: Set<Slot>
    package let gives: Set<Slot>
    package let argument: Argument

    package init(name: String, needs: Set<Slot> = [], gives: Set<Slot> = [], argument: Argument = .none) {
        self.name = name
        self.needs = needs
        self.gives = gives
        self.argument = argument
    }
}
