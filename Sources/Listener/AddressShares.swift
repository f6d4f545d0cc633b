import Synchronization

/// A share for each address that has requests under way, and for no other.
final class AddressShares: Sendable {
    private struct Entry {
        let share: Share
        var requests = 0
    }

    private let requestsMax: Int
    private let bytesMax: Int
    private let entries = Mutex<[String: Entry]>([:])

    /// Nil when a single address has no bounds.
    init?(_ bounds: ListenerBounds) {
        guard bounds.requestsPerAddressMax != nil || bounds.bodyBytesPerAddressMax != nil else { return nil }
        requestsMax = bounds.requestsPerAddressMax ?? .max
        bytesMax = bounds.bodyBytesPerAddressMax ?? .max
    }

    /// Room for one more request of `address`; `leave` gives it back.
    func enter(_ address: String) -> Share? {
        entries.withLock { entries in
            var entry = entries[address] ?? Entry(share: Share(bytesMax: bytesMax))
            guard entry.requests < requestsMax else { return nil }
            entry.requests += 1
            entries[address] = entry
            return entry.share
        }
    }

    func leave(_ address: String) {
        entries.withLock { entries in
            guard var entry = entries[address] else { return }
            entry.requests -= 1
            entries[address] = entry.requests > 0 ? entry : nil
        }
    }

    /// Addresses with requests under way.
    var count: Int { entries.withLock { $0.count } }
}
