package import Core
import Signing
package import Storage
import Synchronization

/// The parts of stored deliveries, for handlers that need more than ids.
///
/// A delivery may hold a thousand events, each with jobs of its own, and hundreds of jobs run at once: each delivery is read and parsed by
/// the first that asks, the others wait for it, and the last few stay, in memory only.
package final class DeliveryDesk: Sendable {
    private struct Delivery: Sendable {
        let parts: [JSON]
        /// Of its body.
        let bytes: Int
    }

    private enum Reading {
        case underWay(Task<Delivery?, any Error>)
        case read(Delivery)

        var delivery: Delivery? {
            get async throws {
                switch self {
                case .underWay(let task): try await task.value
                case .read(let delivery): delivery
                }
            }
        }
    }

    private struct Shelf {
        /// The latest asked for last.
        var readings: [(seq: Int64, reading: Reading, bytes: Int)] = []

        func reading(_ seq: Int64) -> Reading? { readings.last { $0.seq == seq }?.reading }

        mutating func keep(_ seq: Int64, _ delivery: Delivery) {
            guard reading(seq) == nil else { return }
            readings.append((seq, .read(delivery), 0))
            note(seq, bytes: delivery.bytes)
        }

        mutating func note(_ seq: Int64, bytes: Int) {
            guard let place = readings.lastIndex(where: { $0.seq == seq }) else { return }
            readings[place].bytes = bytes
            while readings.count > 1, readings.count > deliveriesMax || readings.reduce(0, { $0 + $1.bytes }) > bytesMax {
                readings.removeFirst()
            }
        }

        mutating func drop(_ seq: Int64) { readings.removeAll { $0.seq == seq } }
    }

    private let store: Store
    private let shelf = Mutex(Shelf())
    private static let deliveriesMax = 64
    /// Of bodies, which are up to ten times as large when parsed.
    private static let bytesMax = 8 << 20

    package init(store: Store) { self.store = store }

    /// The change's value or the conversion that the event was made of; nil when the delivery is no longer there or can't be unsealed.
    package func part(of event: StoredEvent) async throws -> JSON? {
        guard let parts = try await delivery(event.deliverySeq)?.parts else { return nil }
        guard event.object != ConversionDecoder.object else { return parts.conversion(at: event.position) }
        return parts.indices.contains(event.position) ? parts[event.position] : nil
    }

    /// For those who will ask soon: whoever decodes a delivery has its parts.
    func keep(_ parts: [JSON], of seq: Int64, bytes: Int) {
        shelf.withLock { $0.keep(seq, Delivery(parts: parts, bytes: bytes)) }
    }

    /// The same of many events, by their ids; only of conversions, and what is no longer there is left out.
    package func parts(of events: [StoredEvent]) async throws -> [Int64: JSON] {
        var parts: [Int64: JSON] = [:]
        var open: (seq: Int64, parts: [JSON])?
        for event in events where event.object == ConversionDecoder.object {
            if open?.seq != event.deliverySeq {
                open = (event.deliverySeq, try await delivery(event.deliverySeq)?.parts ?? [])
            }
            if let part = open?.parts.conversion(at: event.position) { parts[event.id] = part }
        }
        return parts
    }

    private func delivery(_ seq: Int64) async throws -> Delivery? {
        let (reading, isOwn) = shelf.withLock { shelf -> (Reading, Bool) in
            if let reading = shelf.reading(seq) { return (reading, false) }
            let reading = Reading.underWay(Task { [store] in try await Self.read(seq, store) })
            shelf.readings.append((seq, reading, 0))
            return (reading, true)
        }
        guard isOwn else { return try await reading.delivery }
        do {
            let delivery = try await reading.delivery
            shelf.withLock { shelf in
                if let delivery { shelf.note(seq, bytes: delivery.bytes) } else { shelf.drop(seq) }
            }
            return delivery
        } catch {
            shelf.withLock { $0.drop(seq) }
            throw error
        }
    }

    private static func read(_ seq: Int64, _ store: Store) async throws -> Delivery? {
        guard let delivery = try await store.read({ try $0.delivery(seq) }), let request = delivery.request else { return nil }
        let parts =
            delivery.kind == .webhook ? WebhookDecoder.values(in: request.body) : ConversionDecoder.values(in: request.body)
        return Delivery(parts: parts, bytes: request.body.count)
    }
}
