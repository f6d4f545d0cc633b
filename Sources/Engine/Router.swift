package import Core

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

    /// Nil when the route has left the configuration since the job was made.
    package subscript(_ name: String) -> Route? { byName[name] }
}
