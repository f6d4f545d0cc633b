import Foundation
import Synchronization

/// The world behind a lock, with what lies outside it: the sender of webhooks.
final class Emulator: Sendable {
    private let world: Mutex<World>
    let sender = WebhookSender()

    init(_ scenario: Scenario, logFile: String?, clock: (@Sendable () -> Int64)? = nil) throws(ScenarioError) {
        world = Mutex(try World(scenario, logFile: logFile, machineUs: Self.machineUs, clock: clock))
    }

    @Sendable static func machineUs() -> Int64 { Int64(Date().timeIntervalSince1970 * 1_000_000) }

    func with<Result: Sendable, Failure: Error>(_ body: (inout World) throws(Failure) -> Result) throws(Failure) -> Result {
        try world.withLock { (world) throws(Failure) -> Result in try body(&world) }
    }
}
