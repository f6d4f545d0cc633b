import Core
import Testing

@Suite("Looking for the bad ones of a batch")
struct BisectionTests {
    /// What it came to: calls, what was found, and what was taken.
    private struct Outcome {
        var calls = 0
        var bad: [Int] = []
        var taken: [Int] = []
    }

    /// Meta's way: all of a call or nothing. `names`: it says which is the first bad one.
    private static func play(_ count: Int, bad: Set<Int>, names: Bool = false) -> Outcome {
        var search = Bisection(count: count)
        var outcome = Outcome()
        var hidden = bad
        while let step = search.next() {
            switch step {
            case .bad(let place):
                outcome.bad.append(place)
                hidden.remove(place)
            case .send(let places):
                outcome.calls += 1
                guard let low = places.first, let high = places.last else { continue }
                // what is sent is all that is left between its ends
                if let first = hidden.filter({ low <= $0 && $0 <= high }).min() {
                    search.refused(index: names ? places.firstIndex(of: first) : nil)
                } else {
                    search.taken()
                    outcome.taken += places
                }
            }
            if outcome.calls > 3 * count + 10 { break }  // a search that does not end
        }
        return outcome
    }

    private static func check(_ outcome: Outcome, _ count: Int, _ bad: Set<Int>) -> Bool {
        outcome.bad.count == bad.count && Set(outcome.bad) == bad && outcome.taken.count == count - bad.count
            && Set(outcome.taken).isDisjoint(with: bad) && Set(outcome.taken).count == outcome.taken.count
    }

    /// Numbers from a seed, the same everywhere.
    private struct Draw: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    private static func places(_ number: Int, of count: Int, _ draw: inout Draw) -> Set<Int> {
        var places: Set<Int> = []
        while places.count < min(number, count) { places.insert(Int.random(in: 0..<count, using: &draw)) }
        return places
    }

    /// Every mix of these makes a placement: ends, middles, neighbours, and what halving splits off.
    private static let corners = [
        0, 1, 2, 3, 31, 32, 62, 63, 124, 125, 249, 250, 499, 500, 501, 749, 750, 874, 937, 968, 997, 998, 999,
    ]

    private static let cuts = [1, 2, 255, 256, 257, 488, 500, 511, 512, 513, 744, 997, 998, 999]

    @Test("none is bad: one call; one is: at most 12; three: at most 35, wherever they are")
    func rare() {
        var most = [0, 0, 0, 0]
        func note(_ bad: Set<Int>) {
            let outcome = Self.play(1_000, bad: bad)
            #expect(Self.check(outcome, 1_000, bad), "\(bad.sorted())")
            most[bad.count] = max(most[bad.count], outcome.calls)
        }
        note([])
        for place in 0..<1_000 { note([place]) }
        for a in Self.corners {
            for b in Self.corners where b > a {
                for c in Self.corners where c > b { note([a, b, c]) }
            }
        }
        var draw = Draw(state: 5)
        for _ in 0..<2_000 { note(Self.places(3, of: 1_000, &draw)) }
        #expect(most[0] == 1 && most[1] <= 12 && most[3] <= 35, "\(most)")
        print("bisection: calls for 0, 1, 3 bad of 1000: \(most[0]), \(most[1]), \(most[3])")
    }

    @Test("three bad of a thousand in two parcels, wherever the bytes cut: at most 35 calls")
    func parcels() {
        var draw = Draw(state: 11)
        var most = 0
        for round in 0..<2_000 {
            let cut = round < 140 ? Self.cuts[round % Self.cuts.count] : Int.random(in: 1..<1_000, using: &draw)
            let bad = Self.places(3, of: 1_000, &draw)
            let (first, second) = (bad.filter { $0 < cut }, Set(bad.filter { $0 >= cut }.map { $0 - cut }))
            let (a, b) = (Self.play(cut, bad: first), Self.play(1_000 - cut, bad: second))
            #expect(Self.check(a, cut, first) && Self.check(b, 1_000 - cut, second))
            most = max(most, a.calls + b.calls)
        }
        #expect(most <= 35, "\(most)")
        print("bisection: calls for 3 bad of 1000 in two parcels: \(most)")
    }

    @Test("ten bad of a thousand, and all of them: every one is found, for about one call each where all are")
    func many() {
        var draw = Draw(state: 3)
        var most = 0
        for _ in 0..<200 {
            let bad = Self.places(10, of: 1_000, &draw)
            let outcome = Self.play(1_000, bad: bad)
            #expect(Self.check(outcome, 1_000, bad), "\(bad.sorted())")
            most = max(most, outcome.calls)
        }
        let all = Set(0..<1_000)
        let hopeless = Self.play(1_000, bad: all)
        #expect(Self.check(hopeless, 1_000, all))
        #expect(most <= 125 && hopeless.calls <= 1_060, "\(most) \(hopeless.calls)")
        print("bisection: calls for 10 bad of 1000: \(most), for 1000 bad: \(hopeless.calls)")
    }

    @Test("small batches, every placement of every number of bad ones", arguments: [0, 1, 2, 3, 4, 5, 9])
    func small(count: Int) {
        for mask in 0..<(1 << count) {
            let bad = Set((0..<count).filter { mask & (1 << $0) != 0 })
            #expect(Self.check(Self.play(count, bad: bad), count, bad), "\(bad.sorted())")
            #expect(Self.check(Self.play(count, bad: bad, names: true), count, bad), "named \(bad.sorted())")
        }
    }

    @Test("where the answer names the place, each bad one costs one call")
    func named() {
        var draw = Draw(state: 8)
        for number in [1, 3, 20, 1_000] {
            let bad = Self.places(number, of: 1_000, &draw)
            let outcome = Self.play(1_000, bad: bad, names: true)
            #expect(Self.check(outcome, 1_000, bad))
            #expect(outcome.calls == number + (number < 1_000 ? 1 : 0))
        }
        // a place outside of what was sent says nothing
        var search = Bisection(count: 4)
        #expect(search.next() == .send([0, 1, 2, 3]))
        search.refused(index: 4)
        #expect(search.next() == .send([0, 1]))
    }

    @Test("the last refusal is always about the one that is found")
    func about() {
        var draw = Draw(state: 21)
        for _ in 0..<200 {
            let bad = Self.places(Int.random(in: 1...12, using: &draw), of: 64, &draw)
            var search = Bisection(count: 64)
            var refused: [Int] = []
            while let step = search.next() {
                switch step {
                case .bad(let place): #expect(refused.first { bad.contains($0) } == place)
                case .send(let places):
                    if places.contains(where: { bad.contains($0) }) {
                        refused = places
                        search.refused()
                    } else {
                        search.taken()
                    }
                }
            }
        }
    }

    @Test("what is too large for one call is made smaller; a single one is given up")
    func tooMuch() {
        var search = Bisection(count: 5)
        var (sent, given): ([[Int]], [Int]) = ([], [])
        while let step = search.next() {
            guard case .send(let places) = step else { continue }
            sent.append(places)
            guard places.count > 2 || places.contains(3) else {
                search.taken()
                continue
            }
            if let place = search.tooMuch() { given.append(place) }
        }
        #expect(given == [3] && sent == [[0, 1, 2, 3, 4], [0, 1], [2, 3], [2], [3], [4]])
    }

    @Test("a mended one that goes alone costs one call, bad or not")
    func alone() {
        var search = Bisection(count: 4)
        _ = search.next()
        search.refused(index: 2)
        #expect(search.next() == .bad(2))
        search.putBack(2, alone: true)
        #expect(search.next() == .send([2]))
        search.refused()
        #expect(search.next() == .bad(2))
        search.putBack(2, alone: true)
        #expect(search.next() == .send([2]))
        #expect(search.next() == .send([2]))
        search.taken()
        #expect(search.next() == .send([0, 1, 3]))
    }

    @Test("a mended one goes again, first of what is left; the last can be asked alone")
    func again() {
        var search = Bisection(count: 3)
        var asked: [Bool] = []
        #expect(search.next() == .send([0, 1, 2]))
        search.refused(index: 1)
        #expect(search.next() == .bad(1))
        #expect(search.left == [0, 2])
        search.putBack(1)
        #expect(search.next() == .send([1, 0, 2]))
        search.refused(index: 0)
        #expect(search.next() == .bad(1))
        asked.append(search.askLast())
        #expect(search.next() == .send([2]))
        search.refused()
        #expect(search.next() == .bad(2))
        #expect(search.left == [0])
        asked.append(search.askLast())
        #expect(search.next() == .send([0]))
        search.taken()
        #expect(search.next() == nil)
        asked.append(search.askLast())
        #expect(asked == [true, true, false])
    }
}
