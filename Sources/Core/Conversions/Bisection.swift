/// Finds the bad ones of a batch that is taken whole or not at all, when the answer does not say which they are.
///
/// What is left is always in its order, and everything before it is settled. A refused group holds a bad one; its first half is sent, and the
/// answer to that says which half to look into: taken, the bad one is in the other half, and nothing is asked to learn that. So the first bad
/// one of n costs as many calls as n has halvings, and the last refusal was always about it. Then all that is left goes together again.
/// Three bad ones of a thousand cost at most 1 + 3 * (10 + 1) = 34 calls, wherever they are.
///
/// Where more than `rareMax` are bad, groups are as large as the distance between bad ones was so far, so that a batch of bad ones alone costs
/// about one call each.
package struct Bisection: Sendable, Equatable {
    /// What comes next.
    package enum Step: Equatable, Sendable {
        /// These places go together; then say `taken`, `refused` or `tooMuch`.
        case send([Int])
        /// The last refusal was about this place, and it is no longer left. Never sent again, unless it is put back.
        case bad(Int)
    }

    /// Up to this many bad ones all that is left is tried at once.
    static let rareMax = 3

    private let count: Int
    /// Not settled yet, in their order.
    private var rest: ArraySlice<Int>
    /// So many of the first of `rest` were refused together; 0: nothing is known of them.
    private var suspects = 0
    /// So many of the first of `rest` were sent last.
    private var sent = 0
    /// More than so many can't be sent at once.
    private var sentMax: Int
    /// Found by halving.
    private var found = 0
    /// Groups taken since the last bad one.
    private var luck = 0
    /// Found, and to be told next.
    private var blamed: Int?
    private var isLastAsked = false
    private var isFirstAlone = false

    /// Places 0 to `count` - 1.
    package init(count: Int) {
        self.count = count
        rest = ArraySlice(0..<count)
        sentMax = max(1, count)
    }

    /// What is neither taken nor told as bad, in its order.
    package var left: [Int] { Array(rest) }

    /// Nil: all have ended. Asked again before it was told what came of the last group, it says the same.
    package mutating func next() -> Step? {
        if let place = blamed {
            blamed = nil
            return .bad(place)
        }
        if suspects == 1 {
            suspects = 0
            found += 1
            luck = 0
            return .bad(rest.removeFirst())
        }
        guard let last = rest.last else { return nil }
        if isLastAsked { return .send([last]) }
        sent = min(sentMax, suspects > 1 ? suspects / 2 : isFirstAlone ? 1 : group)
        return .send(Array(rest.prefix(sent)))
    }

    /// All that was sent is taken.
    package mutating func taken() {
        guard !isLastAsked else {
            rest.removeLast()
            isLastAsked = false
            return
        }
        rest.removeFirst(sent)
        isFirstAlone = false
        suspects = max(0, suspects - sent)
        luck += 1
    }

    /// What was sent is refused; `index`: of which the answer says that it is the bad one, among those sent.
    package mutating func refused(index: Int? = nil) {
        if isLastAsked {
            blamed = rest.removeLast()
            isLastAsked = false
        } else if isFirstAlone {
            blamed = rest.removeFirst()
            isFirstAlone = false
        } else if let index, (0..<sent).contains(index) {
            blamed = rest.remove(at: rest.startIndex + index)
            suspects = 0  // it may have been the only one
        } else {
            suspects = sent
        }
    }

    /// What was sent is too large for one call. A single one that is too large can't be made smaller: it is no longer left, and returned.
    package mutating func tooMuch() -> Int? {
        if isLastAsked {
            isLastAsked = false
            return rest.removeLast()
        }
        guard sent == 1 else {
            sentMax = sent / 2
            return nil
        }
        suspects = max(0, suspects - 1)
        isFirstAlone = false
        return rest.removeFirst()
    }

    /// A place that was told as bad is mended, and goes first among what is left; `alone`: by itself, because it may still be bad.
    ///
    /// Only after it was told, and before anything else.
    package mutating func putBack(_ place: Int, alone: Bool = false) {
        rest.insert(place, at: rest.startIndex)
        isFirstAlone = alone
    }

    /// The last of what is left goes next, alone: to see whether it shares the fate of those before it. False: nothing is left.
    ///
    /// Only after a bad one was told.
    package mutating func askLast() -> Bool {
        guard suspects == 0, blamed == nil, !rest.isEmpty else { return false }
        isLastAsked = true
        return true
    }

    /// How many to try at once where nothing is known.
    private var group: Int {
        guard found > Self.rareMax else { return rest.count }
        let distance = (count - rest.count) / found
        return max(1, min(rest.count, distance << min(luck, 20)))
    }
}
