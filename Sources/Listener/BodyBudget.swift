import Synchronization

/// The body bytes that all connections hold between them, and the connections themselves, against their bounds.
final class BodyBudget: Sendable {
    private let bytesMax: Int
    private let connectionsMax: Int
    private let bytes = Atomic<Int>(0)
    private let connections = Atomic<Int>(0)

    init(_ bounds: ListenerBounds) {
        bytesMax = bounds.bodyBytesInFlightMax
        connectionsMax = bounds.connectionsMax
    }

    func take(_ count: Int) -> Bool {
        if bytes.wrappingAdd(count, ordering: .relaxed).newValue <= bytesMax { return true }
        giveBack(count)
        return false
    }

    func giveBack(_ count: Int) { bytes.wrappingSubtract(count, ordering: .relaxed) }

    func takeConnection() -> Bool {
        if connections.wrappingAdd(1, ordering: .relaxed).newValue <= connectionsMax { return true }
        giveBackConnection()
        return false
    }

    func giveBackConnection() { connections.wrappingSubtract(1, ordering: .relaxed) }
}
