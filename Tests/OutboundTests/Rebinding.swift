import Synchronization

@testable import Outbound

/// A resolver of somebody who changes a name's address between check and dial.
final class Rebinding: Sendable {
    private let asked = Mutex(0)

    var count: Int { asked.withLock { $0 } }

    /// Loopback (allowed in these tests) at first, then a network of one's own.
    func next() -> [IPAddress] {
        let number = asked.withLock { count in
            count += 1
            return count
        }
        return [IPAddress(number == 1 ? "127.0.0.1" : "10.0.0.1")].compactMap { $0 }
    }
}
