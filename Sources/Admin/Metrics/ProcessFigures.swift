import Glibc

/// What the operating system says of this process.
enum ProcessFigures {
    /// Bytes of memory that are in use by it now; nil where there is no /proc.
    static var residentBytes: Int64? {
        // The second number of /proc/self/statm: pages.
        let fields = text("/proc/self/statm")?.split(separator: " ") ?? []
        return fields.count > 1 ? Int64(fields[1]).map { $0 * Int64(sysconf(Int32(_SC_PAGESIZE))) } : nil
    }

    /// Processor time that it has had, in seconds; POSIX counts it in millionths.
    static var cpuSeconds: Double { Double(clock()) / 1e6 }

    static var pid: Int64 { Int64(getpid()) }

    /// The machine's name; empty where it has none.
    static let host: String = {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "" }
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }()

    private static func text(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = read(descriptor, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
}
