import Core

/// One run of `touchstone replay` with the requests that it sends again.
struct DemoReplay: Sendable {
    /// A captured request as it lies in its folder.
    struct File: Sendable {
        let name: String
        let bytes: [UInt8]
        /// What lies beside it as `.expect.json`.
        var expectation: [UInt8]?
        let expectedStatus: Int
    }

    let name: String
    /// Beside the folder and where to send it.
    let options: [String]
    let files: [File]

    /// What a run left behind.
    struct Result: Sendable {
        let name: String
        let code: Int32
        /// What the command printed, one document per request and one at the end.
        let lines: [JSON]

        /// Answers by status.
        var answers: [Int] { lines.filter { $0["file"] != nil }.compactMap { $0["status"]?.integer.map(Int.init) } }
    }
}
