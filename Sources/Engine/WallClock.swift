import Glibc

/// Where the engine gets the time from. Core has none: it is handed the time.
package protocol WallClock: Sendable {
    /// Milliseconds since 1970.
    func nowMs() -> Int64
}

/// The machine's clock.
package struct SystemClock: WallClock {
    package init() {}
    package func nowMs() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1_000 + Int64(now.tv_nsec) / 1_000_000
    }
}
