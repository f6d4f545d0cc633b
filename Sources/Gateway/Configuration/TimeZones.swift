import Core

/// Whether this machine knows the time zones that account days are counted in.
package enum TimeZones {
    /// Far apart in rules: summer time on two continents, and an offset of three quarters of an hour.
    private static let probes = ["Europe/Warsaw", "America/New_York", "Asia/Kathmandu"]

    /// A sentence per zone that does not resolve; `serve` refuses to start unless it is empty.
    package static func faults(probes: [String]? = nil) -> [String] {
        (probes ?? Self.probes).filter { AccountTimeZone(name: $0) == nil }.map {
            "the time zone \($0) is not known here; install tzdata: without it account days would be wrong."
        }
    }
}
