import Core

/// Leads that go back to Meta: what a route with such a step needs elsewhere in the configuration.
extension SectionReader {
    /// What the step makes are conversions of the CRM's, which nobody sends on by himself.
    func warnOfUnsentReports(_ routes: [Route], _ cursor: Cursor) {
        let reporters = Set(handlers.filter { $0.argument == .crm }.map(\.name))
        guard let step = routes.lazy.flatMap(\.chain).first(where: { reporters.contains($0.handler) }) else { return }
        let isSent = routes.contains { route in
            (route.match.objects.isEmpty || route.match.objects.contains("conversion"))
                && route.chain.contains { $0.handler == "forward_conversion" }
        }
        guard !isSent else { return }
        cursor.warn(
            "\(step.handler) makes events of object \"conversion\", and no route sends such events to Meta: expected one with forward_conversion."
        )
    }
}

extension Cursor {
    /// The name of a source that is a CRM.
    func crm(_ names: ChainNames) -> String? {
        guard let name = name() else { return nil }
        guard names.crms.contains(name) || !names.sources.contains(name) else {
            fault("the source \"\(name)\" is no CRM and has no leads; expected one of kind: crm.")
            return nil
        }
        refuseUnknown(name, among: names.crms, "source of kind crm")
        return name
    }
}
