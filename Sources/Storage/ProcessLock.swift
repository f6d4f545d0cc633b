import Glibc
import Synchronization

/// Keeps the database for one process: an exclusive `flock` on a file beside it, which the kernel lets go however the process ends.
final class ProcessLock: Sendable {
    private let descriptor: Mutex<Int32?>

    /// Throws `.locked` with the id of the process that has it.
    init(path: String) throws(StoreError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .cannotOpen(code: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            let pid = Self.pid(in: descriptor)
            close(descriptor)
            guard code == EWOULDBLOCK else { throw .ioFailure(code: code) }
            throw .locked(byPid: pid)
        }
        self.descriptor = Mutex(descriptor)
        let text = Array("\(getpid()) touchstone serve\n".utf8)
        // Only the message of a refused second process needs the text; the lock holds without it.
        if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text, text.count, 0) }
    }

    deinit { release() }

    /// Lets another process in; once is enough.
    func release() {
        descriptor.withLock { held in
            guard let descriptor = held else { return }
            // Closing alone is not enough: a child that another thread is just starting may hold a copy of the descriptor until it execs.
            flock(descriptor, LOCK_UN)
            close(descriptor)
            held = nil
        }
    }

    private static func pid(in descriptor: Int32) -> Int32 {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = max(0, pread(descriptor, &bytes, bytes.count, 0))
        return Int32(String(decoding: bytes.prefix(count).prefix { $0 != 0x20 }, as: UTF8.self)) ?? 0
    }
}
