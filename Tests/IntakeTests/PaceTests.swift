import Intake
import Testing

@Suite("So many requests per second")
struct PaceTests {
    private static let start: Int64 = 1_767_225_600_000

    /// How many of those asked for at these times are let through, in order.
    private func taken(_ perSecond: Int, _ times: [Int64]) -> Int {
        let pace = Pace(perSecond: perSecond)
        return times.count { pace.take(nowMs: Self.start + $0) }
    }

    @Test("a second's worth at once, then what each moment adds", arguments: [1, 10, 60, 1_000])
    func steady(perSecond: Int) {
        let atOnce = Array(repeating: Int64(0), count: perSecond * 3)
        #expect(taken(perSecond, atOnce) == perSecond)
        let tenSeconds = (0..<perSecond * 50).map { Int64($0) * 10_000 / Int64(perSecond * 50) }
        #expect((perSecond * 10...perSecond * 11).contains(taken(perSecond, tenSeconds)))
    }

    @Test(
        "requests whose clocks were read by several threads, a moment apart and out of order, get no more",
        arguments: [1, 20, 700])
    func outOfOrder(lateMs: Int64) {
        let pace = Pace(perSecond: 60)
        var count = 0
        for request in 0..<3_600 {
            let now = Self.start + Int64(request) * 12_000 / 3_600
            if pace.take(nowMs: request.isMultiple(of: 2) ? now : now - lateMs) { count += 1 }
        }
        #expect((60 * 12 - 1...60 * 13).contains(count))
    }

    @Test("a clock that was set back by an hour does not close the source for an hour")
    func setBack() {
        let pace = Pace(perSecond: 5)
        for _ in 0..<5 { #expect(pace.take(nowMs: Self.start)) }
        #expect(!pace.isOpen(nowMs: Self.start))
        #expect(pace.take(nowMs: Self.start - 3_600_000))
    }
}
