/// Which events a route takes: by object and by field, each a list or everything.
package struct RouteMatch: Sendable, Equatable {
    /// Empty: every object.
    package let objects: Set<String>
    /// As subscribed or as delivered; empty: every field.
    package let fields: Set<String>

    package init(objects: Set<String>, fields: Set<String>) {
        self.objects = objects
        self.fields = fields
    }

    package func matches(_ event: Event) -> Bool {
        (objects.isEmpty || objects.contains(event.object)) && (fields.isEmpty || fields.contains(event.field))
    }
}

/// One handler of a chain, with its argument where it takes one (`{notify: team}`).
package struct ChainStep: Sendable, Equatable {
    package let handler: String
    package let argument: String?

    package init(handler: String, argument: String? = nil) {
        self.handler = handler
        self.argument = argument
    }
}

/// A route of the configuration. Every route that matches an event runs, each as a job of its own.
package struct Route: Sendable, Equatable {
    /// Place in the configuration, from 0; part of the job's id.
    package let ordinal: Int
    package let name: String
    package let match: RouteMatch
    package let chain: [ChainStep]

    package init(ordinal: Int, name: String, match: RouteMatch, chain: [ChainStep]) {
        self.ordinal = ordinal
        self.name = name
        self.match = match
        self.chain = chain
    }
}
