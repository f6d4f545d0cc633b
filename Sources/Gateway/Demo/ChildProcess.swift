import Glibc

/// A program that the demo started and stops again, by its process id.
struct ChildProcess: Sendable {
    let name: String
    let pid: pid_t

    /// Starts `executable` with its output and errors in a file.
    static func start(_ name: String, executable: String, arguments: [String], environment: [String: String], output: String)
        throws(DemoError) -> ChildProcess
    {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var argv = ([executable] + arguments).map { strdup($0) } + [nil]
        var envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, executable, &actions, nil, &argv, &envp)
        guard code == 0 else { throw .process("\(name) did not start (\(executable)): \(String(cString: strerror(code)))") }
        return ChildProcess(name: name, pid: pid)
    }

    /// The exit code once it has ended, 128 + the signal when one ended it; nil while it runs.
    func ended() -> Int32? {
        var status: Int32 = 0
        let answer = waitpid(pid, &status, WNOHANG)
        guard answer != 0 else { return nil }
        guard answer == pid else { return 0 }  // waited for before
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }

    /// Asks it to stop, and makes it stop when it has not after `graceMs`. Returns its exit code.
    @discardableResult
    func stop(graceMs: Int64) async -> Int32 {
        if let code = ended() { return code }
        kill(pid, SIGTERM)
        for _ in 0..<max(1, graceMs / 20) {
            if let code = ended() { return code }
            usleep(20_000)  // not Task.sleep: a cancelled demo must wait here too
        }
        kill(pid, SIGKILL)
        while true {
            if let code = ended() { return code }
            usleep(5_000)
        }
    }
}

/// A TCP port of the loopback address that nobody uses just now.
func freePort() throws(DemoError) -> Int {
    let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard socket >= 0 else { throw .process("No socket could be opened.") }
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
            bind(socket, generic, length) == 0 && getsockname(socket, generic, &length) == 0
        }
    }
    guard bound else { throw .process("No free port was found.") }
    return Int(UInt16(bigEndian: address.sin_port))
}
