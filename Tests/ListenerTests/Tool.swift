import Dispatch
import Foundation

/// Runs a program of the system (curl, openssl, h2load) off the test's thread.
struct Tool: Sendable {
    struct Result: Sendable {
        let status: Int32
        let output: [UInt8]
        let errors: String

        var text: String { String(decoding: output, as: UTF8.self) }
    }

    /// `input` is written and, unless `keepsOpen`, ended.
    static func run(_ arguments: [String], input: [UInt8] = [], keepsOpen: Bool = false) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Swift.Result { try runBlocking(arguments, input: input, keepsOpen: keepsOpen) })
            }
        }
    }

    static func isThere(_ name: String) -> Bool {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/\(name)")
        }
    }

    private static func runBlocking(_ arguments: [String], input: [UInt8], keepsOpen: Bool) throws -> Result {
        // A program that ends before it has read everything must not end us.
        signal(SIGPIPE, SIG_IGN)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = arguments
        let stdin = Pipe()
        let stdout = Pipe()
        let stderr = Pipe()
        process.standardInput = stdin
        process.standardOutput = stdout
        process.standardError = stderr
        try process.run()
        Thread.detachNewThread {
            // The program may be gone already: then there is nobody to tell.
            try? stdin.fileHandleForWriting.write(contentsOf: Data(input))
            if !keepsOpen { try? stdin.fileHandleForWriting.close() }
        }
        let errors = Box()
        let errorsRead = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            errors.data = stderr.fileHandleForReading.readDataToEndOfFile()
            errorsRead.signal()
        }
        let output = stdout.fileHandleForReading.readDataToEndOfFile()
        errorsRead.wait()
        process.waitUntilExit()
        withExtendedLifetime(stdin) {}
        return Result(
            status: process.terminationStatus, output: Array(output), errors: String(decoding: errors.data, as: UTF8.self))
    }

    private final class Box: @unchecked Sendable {  // written before the semaphore is signalled, read after
        var data = Data()
    }
}
