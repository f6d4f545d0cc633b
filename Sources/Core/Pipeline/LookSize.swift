/// How much of a queue one look takes: little while it keeps up, so that what comes in never waits long for the one writer; much where it is
/// behind, because few large transactions cost less than many small ones.
package struct LookSize: Sendable, Equatable {
    private let calm: Int
    private let behind: Int
    /// The last look found all that it asked for: there is more.
    private var isBehind = false

    /// `calm`: at most so much while it keeps up, `behind`: else; both at least 1.
    package init(calm: Int, behind: Int) {
        self.calm = min(calm, behind)
        self.behind = behind
    }

    package var next: Int { isBehind ? behind : calm }

    package mutating func found(_ count: Int, of asked: Int) { isBehind = count >= asked }
}
