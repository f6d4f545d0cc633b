/// Something that a test waited for did not come.
package struct NotInTime: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
}

/// Looks until `look` gives a value, at most `withinMs`; throws `NotInTime` with what was waited for.
///
/// Tests wait on the store, on a log or on a receiver with it, and never for a time.
@discardableResult
package func eventually<T>(_ what: String, withinMs: Int = 30_000, _ look: () async throws -> T?) async throws -> T {
    let clock = ContinuousClock()
    let end = clock.now.advanced(by: .milliseconds(withinMs))
    while true {
        if let value = try await look() { return value }
        guard clock.now < end else { throw NotInTime(description: "not within \(withinMs) ms: \(what)") }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// The same for a condition.
package func eventually(_ what: String, withinMs: Int = 30_000, is holds: () async throws -> Bool) async throws {
    _ = try await eventually(what, withinMs: withinMs) { try await holds() ? true : nil }
}
