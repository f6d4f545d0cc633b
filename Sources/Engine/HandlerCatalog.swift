package import Core

/// What the configuration needs to know of a handler.
package struct HandlerDescription: Sendable, Equatable {
    package let name: String
    package let needs: Set<Slot>
    package let gives: Set<Slot>
    package let argument: HandlerArgument

    package init(_ type: any Handler.Type) {
        name = type.name
        needs = type.needs
        gives = type.gives
        argument = type.argument
    }
}

/// Every handler there is. A new one: its file in `Handlers/`, its line here, its fixture.
package enum HandlerCatalog {
    package static let all: [any Handler.Type] = [
        TouchEntities.self,
        NotifyDestination.self,
        ForwardDelivery.self,
        FetchLead.self,
        StoreLead.self,
        ForwardLead.self,
        ReportLead.self,
        ResolveAd.self,
        StoreEngagement.self,
        ModerateComment.self,
        ForwardConversion.self,
        AttributeConversion.self,
    ]

    package static var descriptions: [HandlerDescription] { all.map(HandlerDescription.init) }

    /// The handler of a step; nil for a name that `check` would have refused.
    package static func make(_ step: ChainStep) -> (any Handler)? {
        all.first { $0.name == step.handler }?.init(argument: step.argument ?? "")
    }
}
