import Core
import Testing

@Suite("Jobs that were claimed together")
struct JobBatchesTests {
    @Test("those that end go together, with the last of them")
    func together() {
        var batches = JobBatches<String>(quietMs: 10, patienceMs: 50)
        let one = batches.start(3, nowMs: 0)
        let two = batches.start(1, nowMs: 0)
        let first = batches.end("a", of: one, nowMs: 4)
        let other = batches.end("x", of: two, nowMs: 5)
        let second = batches.end("b", of: one, nowMs: 8)
        let last = batches.end("c", of: one, nowMs: 17)
        #expect(first == [] && other == ["x"] && second == [] && last == ["a", "b", "c"])
    }

    @Test("who hangs holds up the others for a few milliseconds after the last of them, and goes by itself later")
    func hanging() {
        var batches = JobBatches<String>(quietMs: 10, patienceMs: 50)
        let batch = batches.start(3, nowMs: 0)
        _ = batches.end("a", of: batch, nowMs: 20)
        _ = batches.end("b", of: batch, nowMs: 25)
        let early = batches.due(nowMs: 34)
        let due = batches.due(nowMs: 35)
        let again = batches.due(nowMs: 36)
        let late = batches.end("hung", of: batch, nowMs: 30_000)
        #expect(early == [] && due == ["a", "b"] && again == [] && late == ["hung"])
    }

    @Test(
        "a batch whose jobs keep ending goes when it is fifty milliseconds old, and one that has nothing yet keeps together till then"
    )
    func patience() {
        var batches = JobBatches<Int>(quietMs: 10, patienceMs: 50)
        let batch = batches.start(100, nowMs: 0)
        let slow = batches.start(2, nowMs: 0)
        for time in 1...9 { _ = batches.end(time, of: batch, nowMs: Int64(time) * 5) }
        let early = batches.due(nowMs: 49)
        _ = batches.end(-1, of: slow, nowMs: 49)
        let due = batches.due(nowMs: 50)
        #expect(early == [] && due == Array(1...9) + [-1])
        let rest = batches.all()
        #expect(rest == [])
    }

    @Test("what waits at the end is given out, in the order of claiming")
    func all() {
        var batches = JobBatches<Int>(quietMs: 10, patienceMs: 50)
        let one = batches.start(2, nowMs: 0)
        let two = batches.start(2, nowMs: 0)
        _ = batches.end(2, of: two, nowMs: 1)
        _ = batches.end(1, of: one, nowMs: 1)
        let all = batches.all()
        #expect(all == [1, 2])
    }
}
