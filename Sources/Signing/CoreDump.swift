import COpenSSL

/// The memory of a gateway holds what no file may: customers as their shops sent them, before they were hashed, tokens, keys. A core dump
/// would write all of it to a disk, so there is none.
package enum CoreDump {
    /// From here on the Swift runtime says nothing of a crash: its report shows the memory that registers point at, and it goes where the log
    /// goes.
    package static func forbidReport() { touchstone_crash_plainly() }

    /// From here on a crash leaves no core, and nobody but root can look into the process.
    ///
    /// A limit of 0 alone does not do: the kernel minds it for files, not where `core_pattern` names a program. What is not dumpable is given to
    /// neither. Throws when the system refuses.
    package static func forbid() throws(CoreDumpError) {
        let code = touchstone_forbid_core_dumps()
        guard code == 0 else { throw CoreDumpError(code: code) }
    }
}

/// The system does not let us forbid core dumps.
package struct CoreDumpError: Error, CustomStringConvertible {
    /// The system's error number.
    package let code: Int32

    package var description: String { "Core dumps can't be forbidden (error \(code)), and one would hold what people wrote." }
}
