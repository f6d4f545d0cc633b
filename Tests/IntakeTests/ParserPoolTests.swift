import Dispatch
import Synchronization
import TestSupport
import Testing

@testable import Intake

@Suite("Parser pool")
struct ParserPoolTests {
    @Test("so many run at once, so many wait, and what is more is refused; all that was taken is done")
    func bounds() async throws {
        let pool = ParserPool(threads: 2, waitingMax: 3)
        let gate = DispatchSemaphore(value: 0)
        let done = Mutex<[Int]>([])
        let running = Atomic<Int>(0)
        let most = Atomic<Int>(0)
        let taken = (0..<8).map { number in
            pool.run(lane: 0) {
                most.max(running.wrappingAdd(1, ordering: .relaxed).newValue, ordering: .relaxed)
                gate.wait()
                done.withLock { $0.append(number) }
                running.wrappingSubtract(1, ordering: .relaxed)
            }
        }
        #expect(taken == [true, true, true, true, true, false, false, false])
        for _ in 0..<5 { gate.signal() }
        try await eventually("all taken are done") { done.withLock { $0.count } == 5 }
        #expect(done.withLock { Set($0) } == [0, 1, 2, 3, 4])
        #expect(most.load(ordering: .relaxed) <= 2)
        try await eventually("there is room again") {
            gate.signal()
            return pool.run(lane: 0) { gate.wait() }
        }
        gate.signal()
    }

    @Test("each sender waits for itself: a full lane refuses its own, and the lanes take turns")
    func lanes() async throws {
        let pool = ParserPool(threads: 1, waitingMax: 8, waitingOfOneMax: 3)
        let gate = DispatchSemaphore(value: 0)
        let done = Mutex<[Int]>([])
        func put(_ lane: Int) -> Bool {
            pool.run(lane: lane) {
                gate.wait()
                done.withLock { $0.append(lane) }
            }
        }
        // The first runs; three of the same lane wait, and no more.
        #expect((0..<6).map { _ in put(1) } == [true, true, true, true, false, false])
        #expect([put(2), put(2), put(3)] == [true, true, true])
        #expect([put(4), put(4), put(5)] == [true, true, false])
        for _ in 0..<9 { gate.signal() }
        try await eventually("all taken are done") { done.withLock { $0.count } == 9 }
        #expect(done.withLock { $0 } == [1, 1, 2, 3, 4, 1, 2, 4, 1])
    }

    @Test("a pool that has rested works again")
    func again() async throws {
        let pool = ParserPool(threads: 1, waitingMax: 1_000, waitingOfOneMax: 1_000)
        let count = Atomic<Int>(0)
        for round in 1...5 {
            for _ in 0..<100 { #expect(pool.run(lane: 0) { count.wrappingAdd(1, ordering: .relaxed) }) }
            try await eventually("round \(round)") { count.load(ordering: .relaxed) == round * 100 }
        }
    }
}
