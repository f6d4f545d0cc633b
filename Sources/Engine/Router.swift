package import Core
import Storage

/// The one place that decides which chains an event goes through: the configuration's routes, in their order, every one that matches.
package struct Router: Sendable {
    private let routes: [Route]
    private let byName: [String: Route]

    package init(_ routes: [Route]) {
        self.routes = routes
        byName = Dictionary(routes.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// All of them, in their order.
    var all: [Route] { routes }

    package func routes(for event: Event) -> [Route] { routes.filter { $0.match.matches(event) } }

    /// A copy of a conversion is only sent on: what the event counts for, touches and is told of is counted, touched and told once.
    func copyRoutes(for event: Event) -> [Route] {
        routes(for: event).filter { route in route.chain.contains { $0.handler == ForwardConversion.name } }
    }

    func chain(_ route: Route, for event: StoredEvent) -> [ChainStep] {
        event.copy == 0 ? route.chain : route.chain.filter { $0.handler == ForwardConversion.name }
    }

    /// Nil when the route has left the configuration since the job was made.
    package subscript(_ name: String) -> Route? { byName[name] }
}
