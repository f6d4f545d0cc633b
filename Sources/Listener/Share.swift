import Synchronization

/// Requests under way and the body bytes that they hold, against bounds: of everybody, of one app or source, of one address.
///
/// Any thread; a refused request or piece takes nothing.
package final class Share: Sendable {
    private let requestsMax: Int
    private let bytesMax: Int
    private let requests = Atomic<Int>(0)
    private let bytes = Atomic<Int>(0)

    package init(requestsMax: Int = .max, bytesMax: Int = .max) {
        self.requestsMax = requestsMax
        self.bytesMax = bytesMax
    }

    package var hasRoom: Bool { requests.load(ordering: .relaxed) < requestsMax }

    package func hasRoom(bytes count: Int) -> Bool { bytes.load(ordering: .relaxed) <= bytesMax - count }

    package func takeRequest() -> Bool {
        if requests.wrappingAdd(1, ordering: .relaxed).newValue <= requestsMax { return true }
        giveBackRequest()
        return false
    }

    package func giveBackRequest() { requests.wrappingSubtract(1, ordering: .relaxed) }

    package func take(bytes count: Int) -> Bool {
        if bytes.wrappingAdd(count, ordering: .relaxed).newValue <= bytesMax { return true }
        giveBack(bytes: count)
        return false
    }

    package func giveBack(bytes count: Int) { bytes.wrappingSubtract(count, ordering: .relaxed) }
}
