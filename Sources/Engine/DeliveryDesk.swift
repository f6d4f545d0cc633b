package import Core
import Signing
package import Storage
import Synchronization

/// The parts of stored deliveries, for handlers that need more than ids.
///
/// A delivery may hold a thousand events, each with jobs of its own: the last few are kept parsed, in memory only.
package final class DeliveryDesk: Sendable {
    private struct Shelf {
        var documents: [(seq: Int64, parts: [JSON])] = []
    }

    private let store: Store
    private let shelf = Mutex(Shelf())
    private static let kept = 4

    package init(store: Store) { self.store = store }

    /// The change's value or the conversion that the event was made of; nil when the delivery is no longer there or can't be unsealed.
    package func part(of event: StoredEvent) async throws -> JSON? {
        if let parts = shelved(event.deliverySeq) { return parts.indices.contains(event.position) ? parts[event.position] : nil }
        guard let delivery = try await store.read({ try $0.delivery(event.deliverySeq) }), let request = delivery.request else {
            return nil
        }
        let parts =
            delivery.kind == .webhook ? WebhookDecoder.values(in: request.body) : ConversionDecoder.values(in: request.body)
        shelve(event.deliverySeq, parts)
        return parts.indices.contains(event.position) ? parts[event.position] : nil
    }

    private func shelved(_ seq: Int64) -> [JSON]? { shelf.withLock { shelf in shelf.documents.first { $0.seq == seq }?.parts } }

    private func shelve(_ seq: Int64, _ parts: [JSON]) {
        shelf.withLock { shelf in
            shelf.documents.removeAll { $0.seq == seq }
            shelf.documents.append((seq, parts))
            if shelf.documents.count > Self.kept { shelf.documents.removeFirst() }
        }
    }
}
