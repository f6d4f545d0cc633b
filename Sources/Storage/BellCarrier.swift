import Glibc
import Synchronization

/// Carries rings to other gateways on the same PostgreSQL database and theirs to us, over `NOTIFY`, on a thread and a connection of its own.
///
/// Many rings within `pauseMs` are carried as one. While the connection is gone nothing is carried: workers poll, and when it is back every bell
/// is rung once.
final class BellCarrier: Sendable {
    private static let pauseMs: Int32 = 20
    private static let channel = "touchstone"

    private struct State {
        var rung: Set<Bell> = []
        var isClosed = false
    }

    private let state = Mutex(State())
    /// Written to by who rings, read by who carries.
    private let wake: (read: Int32, write: Int32)
    private let server: PostgresServer
    private let notifier: Notifier
    private let bootID: String

    init(server: PostgresServer, notifier: Notifier, bootID: String) {
        self.server = server
        self.notifier = notifier
        self.bootID = bootID
        var ends: [Int32] = [-1, -1]
        _ = pipe(&ends)  // without it rings are carried every five seconds
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        wake = (ends[0], ends[1])
    }

    deinit {
        Glibc.close(wake.read)
        Glibc.close(wake.write)
    }

    /// To other gateways, soon.
    func carry(_ bell: Bell) {
        let isFirst = state.withLock { state in
            defer { state.rung.insert(bell) }
            return state.rung.isEmpty
        }
        if isFirst { wakeUp() }
    }

    func close() {
        state.withLock { $0.isClosed = true }
        wakeUp()
    }

    private func wakeUp() { _ = write(wake.write, [1], 1) }

    /// Until it is closed.
    func loop() {
        while !isClosed {
            do throws(StoreError) {
                let driver = try server.connectDirectly(.tender)
                defer { driver.close() }
                try driver.script("LISTEN \(Self.channel)")
                for bell in Bell.allCases { notifier.ringHere(bell) }
                while !isClosed { try turn(driver) }
            } catch {
                wait(nil, ms: 250)  // workers poll meanwhile
            }
        }
    }

    private var isClosed: Bool { state.withLock { $0.isClosed } }

    private func turn(_ driver: PostgresDriver) throws(StoreError) {
        for note in try driver.notes() { hear(note) }
        let bells = state.withLock { state in
            defer { state.rung = [] }
            return state.rung
        }
        guard !bells.isEmpty else { return wait(driver.socket, ms: 5_000) }
        let words = bells.map(\.rawValue).sorted().joined(separator: " ")
        _ = try driver.run("SELECT 1 AS done FROM pg_notify(\(Self.channel), \("\(bootID) \(words)"))")
        wait(nil, ms: Self.pauseMs)
    }

    private func hear(_ note: String) {
        let words = note.split(separator: " ")
        guard let sender = words.first, sender != bootID else { return }
        for word in words.dropFirst() {
            if let bell = Bell(rawValue: String(word)) { notifier.ringHere(bell) }
        }
    }

    /// For the server's socket or a ring; without a socket for the time alone.
    private func wait(_ socket: Int32?, ms: Int32) {
        guard let socket else {
            _ = poll(nil, 0, ms)
            return
        }
        var pollers = [
            pollfd(fd: socket, events: Int16(POLLIN), revents: 0), pollfd(fd: wake.read, events: Int16(POLLIN), revents: 0),
        ]
        _ = poll(&pollers, 2, ms)
        var signals = [UInt8](repeating: 0, count: 64)
        _ = read(wake.read, &signals, signals.count)
    }
}
