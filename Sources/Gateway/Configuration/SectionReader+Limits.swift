import Core
import Yams

/// `limits`, and who in front of the port is trusted.
extension SectionReader {
    private static let requests = 1...1_000_000
    /// A bound below the largest delivery would refuse it for ever.
    private static let bytes = Limits.deliveryBytesMax...(64 << 30)

    func limits(_ cursor: Cursor) -> Settings.PublicLimits? {
        let keys = [
            "in_flight_requests", "in_flight_bytes", "per_app", "per_source", "per_address", "stored_undone", "disk_free",
            "database_bytes",
        ]
        guard let section = cursor.members(keys) else { return nil }
        var limits = Settings.PublicLimits()
        if let value = section["in_flight_requests"]?.count(16...1_000_000, "a number of requests") {
            limits.inFlightRequests = value
        }
        if let value = section["in_flight_bytes"]?.bytes(Self.bytes) { limits.inFlightBytes = value }
        limits.perApp = budget(section["per_app"], limits.perApp, paced: true)
        limits.perSource = budget(section["per_source"], limits.perSource, paced: true)
        limits.perAddress = budget(section["per_address"], limits.perAddress, paced: false)
        limits.marks.undone = optional(section["stored_undone"], limits.marks.undone) {
            $0.count(1...1_000_000_000, "a number of deliveries and jobs")
        }
        limits.marks.diskFreeBytes = optional(section["disk_free"], limits.marks.diskFreeBytes) {
            $0.bytes((1 << 20)...(1 << 40))
        }
        limits.marks.databaseBytes = optional(section["database_bytes"], limits.marks.databaseBytes) {
            $0.bytes((16 << 20)...(64 << 40))
        }
        for name in ["per_app", "per_source", "per_address"] { warnOfIdle(section[name], limits) }
        return limits
    }

    private func budget(_ cursor: Cursor?, _ standard: BudgetLimits, paced: Bool) -> BudgetLimits {
        let keys = ["requests", "bytes"] + (paced ? ["per_second"] : [])
        guard let section = cursor?.members(keys) else { return standard }
        return BudgetLimits(
            requests: optional(section["requests"], standard.requests) { $0.count(Self.requests, "a number of requests") },
            bytes: optional(section["bytes"], standard.bytes) { $0.bytes(Self.bytes) },
            perSecond: optional(section["per_second"], standard.perSecond) {
                $0.count(Self.requests, "a number of requests per second")
            })
    }

    /// `null` takes a bound away; a key that is not there leaves the standard.
    private func optional(_ cursor: Cursor?, _ standard: Int?, _ read: (Cursor) -> Int?) -> Int? {
        guard let cursor else { return standard }
        return cursor.isNull ? nil : read(cursor)
    }

    /// A bound of one that is above the bound of all says less than it seems to.
    private func warnOfIdle(_ cursor: Cursor?, _ limits: Settings.PublicLimits) {
        guard let cursor, case .mapping(let mapping) = cursor.node else { return }
        for (key, value) in mapping {
            let member = Cursor(node: value, path: "\(cursor.path).\(key.scalar?.string ?? "")", log: cursor.log)
            switch key.scalar?.string {
            case "requests" where (Int(value.scalar?.string ?? "") ?? 0) > limits.inFlightRequests:
                member.warn("is more than limits.in_flight_requests (\(limits.inFlightRequests)): all together may have no more.")
            case _: continue
            }
        }
    }

    /// `trusted_proxies`: addresses and blocks, none of which means everybody.
    func trustedProxies(_ cursor: Cursor) -> [AddressBlock] {
        let expected = "an address such as 192.0.2.7 or a block such as 10.0.0.0/8"
        return (cursor.items(of: "addresses") ?? []).compactMap { item in
            guard let text = item.text(expected) else { return nil }
            guard let block = AddressBlock(text) else {
                item.refuse(expected: expected)
                return nil
            }
            guard !block.strays else {
                item.fault("found \(item.found), which is not the first address of its block; did you mean \"\(block)\"?")
                return nil
            }
            guard !block.holdsAll else {
                item.fault("found \(item.found), which is everybody; expected the addresses of your proxies.")
                return nil
            }
            return block
        }
    }
}
