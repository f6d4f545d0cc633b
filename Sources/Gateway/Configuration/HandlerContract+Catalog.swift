import Engine

extension HandlerContract {
    /// Every handler that the engine has.
    package static var catalog: [HandlerContract] {
        HandlerCatalog.descriptions.map { description in
            HandlerContract(
                name: description.name, needs: description.needs, gives: description.gives,
                argument: argument(of: description))
        }
    }

    private static func argument(of description: HandlerDescription) -> Argument {
        switch description.argument {
        case .none: .none
        case .moderation: .moderation
        case .crm: .crm
        case .destination: .destination(description.name == ForwardDelivery.name ? [.received] : [.standard, .slack])
        }
    }
}
