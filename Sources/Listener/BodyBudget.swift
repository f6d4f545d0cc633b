import Synchronization

/// What all connections hold between them, and the connections themselves, against their bounds.
final class BodyBudget: Sendable {
    /// Of everybody.
    let all: Share
    /// Nil: no bound for a single address.
    let addresses: AddressShares?
    private let connectionsMax: Int
    private let connections = Atomic<Int>(0)

    init(_ bounds: ListenerBounds) {
        all = Share(requestsMax: bounds.requestsInFlightMax, bytesMax: bounds.bodyBytesInFlightMax)
        addresses = AddressShares(bounds)
        connectionsMax = bounds.connectionsMax
    }

    func takeConnection() -> Bool {
        if connections.wrappingAdd(1, ordering: .relaxed).newValue <= connectionsMax { return true }
        giveBackConnection()
        return false
    }

    func giveBackConnection() { connections.wrappingSubtract(1, ordering: .relaxed) }
}
