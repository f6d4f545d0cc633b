import Core
import Synchronization

/// How the conversions of each source are judged, as the configuration in force says.
final class ConversionPolicies: Sendable {
    private let policies: Mutex<[String: SourcePolicy]>

    init(_ settings: Settings) { policies = Mutex(settings.conversionPolicies) }

    subscript(source: String) -> SourcePolicy? { policies.withLock { $0[source] } }

    func adopt(_ settings: Settings) { policies.withLock { $0 = settings.conversionPolicies } }
}

extension Settings {
    /// By source.
    var conversionPolicies: [String: SourcePolicy] {
        Dictionary(sources.map { ($0.name, $0.policy) }) { first, _ in first }
    }
}
