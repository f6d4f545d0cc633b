import Foundation

/// What the commands write for people and for pipes.
enum Console {
    static func line(_ text: String) { write(text + "\n", to: .standardOutput) }
    static func error(_ text: String) { write(text + "\n", to: .standardError) }

    /// Exactly these, without an end of line: a signature covers them.
    static func bytes(_ bytes: [UInt8]) { write(bytes, to: .standardOutput) }

    private static func write(_ text: String, to handle: FileHandle) { write(Array(text.utf8), to: handle) }

    private static func write(_ bytes: [UInt8], to handle: FileHandle) {
        do {
            try handle.write(contentsOf: Data(bytes))
        } catch {
            exit(0)  // the reader of the pipe has gone: nothing is left to be said
        }
    }

    /// Columns as wide as their widest cell; the last one is not padded.
    static func table(_ header: [String], _ rows: [[String]]) {
        let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
        for row in [header] + rows {
            let cells = row.enumerated().map { column, cell in
                column == row.count - 1 ? cell : cell.padding(toLength: widths[column], withPad: " ", startingAt: 0)
            }
            line(cells.joined(separator: "  "))
        }
    }

    /// A time as people read it, in UTC.
    static func time(_ ms: Int64) -> String {
        Date(timeIntervalSince1970: TimeInterval(ms) / 1_000).formatted(.iso8601)
    }
}

/// A command that could not do what it was asked: 1 the answer is no, 3 could not run.
struct CommandFailure: Error {
    let sentence: String
    let exitCode: Int32

    static func no(_ sentence: String) -> CommandFailure { CommandFailure(sentence: sentence, exitCode: 1) }
    static func couldNotRun(_ sentence: String) -> CommandFailure { CommandFailure(sentence: sentence, exitCode: 3) }
}
