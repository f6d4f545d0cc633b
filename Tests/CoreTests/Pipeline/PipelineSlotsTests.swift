import Core
import Testing

@Suite("Slots of jobs that run side by side")
struct PipelineSlotsTests {
    @Test("without want of room nothing is cut before its time; then it is cut once, and keeps its slot until it ends")
    func tooLong() {
        var slots = JobSlots(max: 100, look: 10)
        for id in 0..<60 as Range<Int64> { slots.start(id, nowMs: 0) }
        let none1 = slots.cuts(nowMs: Limits.jobMs - 1)
        #expect(none1.isEmpty)
        let cuts = slots.cuts(nowMs: Limits.jobMs)
        #expect(cuts.count == 60 && cuts.allSatisfy { $0.why == .tooLong })
        let none2 = slots.cuts(nowMs: Limits.jobMs + 1)
        #expect(none2.isEmpty)
        #expect(slots.room == 40)
        for id in 0..<60 as Range<Int64> { slots.end(id, succeeded: false, nowMs: Limits.jobMs + 2) }
        #expect(slots.room == 100)
    }

    @Test("reliability 25: when all slots hang, the slowest half is cut; there is room, and half may go on hanging")
    func room() {
        var slots = JobSlots(max: 100, look: 10)
        for id in 0..<100 as Range<Int64> { slots.start(id, nowMs: id) }
        let none3 = slots.cuts(nowMs: 900)  // none is slow
        #expect(none3.isEmpty)
        let cuts = slots.cuts(nowMs: 2_000)
        #expect(cuts.map(\.id) == Array(0..<50) && cuts.allSatisfy { $0.why == .roomNeeded })
        let none4 = slots.cuts(nowMs: 2_001)
        #expect(none4.isEmpty)
        for (id, _) in cuts { slots.end(id, succeeded: false, nowMs: 2_002) }
        #expect(slots.room == 50)
        let none5 = slots.cuts(nowMs: 20_000)
        #expect(none5.isEmpty)
    }

    @Test("reliability 25: however many hang and never end by themselves, fresh ones find room at every look")
    func saturated() {
        var slots = JobSlots()
        var nextID: Int64 = 0
        for turn in 0..<2_000 as Range<Int64> {
            let nowMs = turn * 100
            for (id, _) in slots.cuts(nowMs: nowMs) { slots.end(id, succeeded: false, nowMs: nowMs) }
            #expect(slots.slow(nowMs: nowMs) <= Limits.jobsAtOnceMax / 2 || slots.room >= Limits.jobsClaimMax)
            for _ in 0..<min(slots.room, 25) {
                slots.start(nextID, nowMs: nowMs)
                nextID += 1
            }
        }
        #expect(nextID > 2_000 * 20)
    }

    @Test("a look takes little while it keeps up, and much after one that found all it asked for")
    func looks() {
        var look = LookSize(calm: 64, behind: 256)
        var sizes: [Int] = []
        for found in [10, 64, 256, 256, 255, 64, 0] {
            look.found(found, of: look.next)
            sizes.append(look.next)
        }
        #expect(sizes == [64, 256, 256, 256, 64, 256, 64])
        // there was room for a few only, and it took them all
        look.found(3, of: 3)
        #expect(look.next == 256)
        #expect(LookSize(calm: 64, behind: 8).next == 8)
    }

    @Test("where all jobs are slow, as when Meta is, slow is what is slower than the others: nothing is cut")
    func allSlow() {
        var slots = JobSlots()
        var nowMs: Int64 = 0
        for id in 0..<200 as Range<Int64> {
            slots.start(id, nowMs: nowMs)
            nowMs += 2_000
            slots.end(id, succeeded: true, nowMs: nowMs)
        }
        #expect(slots.slowMs > 6_000)
        for id in 1_000..<1_512 as Range<Int64> { slots.start(id, nowMs: nowMs) }
        let none6 = slots.cuts(nowMs: nowMs + 3_000)
        #expect(none6.isEmpty)
    }
}
