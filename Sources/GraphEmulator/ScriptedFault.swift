/// A fault that the scenario (or a test) asks for, counted by its own matches.
struct ScriptedFault: Sendable {
    /// What goes out instead of the normal answer.
    enum Answer: Sendable {
        case normal
        case failure(GraphFailure)
        case html(status: Int)
        case raw(status: Int, text: String)
        /// The length of the whole is announced, half is sent, the connection closed.
        case halfLength
        /// The text ends in the middle, and the length is the right one.
        case halfCut
        /// The connection is closed without an answer.
        case lost(worked: Bool)
    }

    let name: String
    var method: String?
    var path: String?
    var exact = false
    var prefix: String?
    var suffix: String?
    /// A regular expression that some part of the path must match.
    var pattern: String?
    var params: [String: String] = [:]
    var from: Int64 = 1
    /// Nil: for ever; so it is where chance, a while or a rate is asked for and no number.
    var count: Int64? = 1
    var answer = Answer.normal
    var worksBeforeFailing = false
    var delayMs: Int64 = 0
    var delayBeforeMs: Int64 = 0
    var headers: [(name: String, value: String)] = []
    /// By chance, for a while, above a rate; nil: by number alone.
    private var timing: FaultTiming
    private(set) var matched: Int64 = 0

    /// Whether a request is one of its kind; counts it, and says whether it is one that gets the fault.
    mutating func meets(method: String, path: String, params: [String: String], nowMs: Int64) -> Bool {
        guard self.method == nil || self.method == method else { return false }
        if let wanted = self.path, exact ? path != wanted : !path.contains(wanted) { return false }
        guard prefix.map(path.hasPrefix) ?? true, suffix.map(path.hasSuffix) ?? true, matchesPattern(path) else { return false }
        guard self.params.allSatisfy({ params[$0.key] == $0.value }) else { return false }
        matched += 1
        guard matched >= from && (count.map { matched < from + $0 } ?? true) else { return false }
        return timing.strikes(nowMs: nowMs)
    }

    /// Times that count from when the fault was put there count from now.
    mutating func start(nowMs: Int64) { timing.start(nowMs: nowMs) }

    private func matchesPattern(_ path: String) -> Bool {
        guard let pattern else { return true }
        return (try? Regex(pattern).firstMatch(in: path)) != nil
    }
}

extension ScriptedFault {
    init(_ entry: ScenarioEntry, number: Int) throws(ScenarioError) {
        try entry.keys(among: FaultTiming.keys.union(["name", "match", "from", "count", "do"]))
        timing = try FaultTiming(entry, number: number)
        name = try entry.text("name") ?? "#\(number)"
        if let match = entry["match"] { try readMatch(match) }
        from = try entry.integer("from") ?? 1
        let isForever = try entry["count"] == nil ? timing.isAsked : entry.text("count") == "forever"
        count = isForever ? nil : try entry.integer("count") ?? 1
        guard let work = entry["do"] else { throw entry.fault("needs 'do'") }
        try readWork(work)
    }

    private mutating func readMatch(_ match: ScenarioEntry) throws(ScenarioError) {
        try match.keys(among: ["method", "path", "exact", "prefix", "suffix", "regex", "params"])
        method = try match.text("method")
        path = try match.text("path")
        exact = try match.flag("exact") ?? false
        prefix = try match.text("prefix")
        suffix = try match.text("suffix")
        pattern = try match.text("regex")
        guard pattern.map({ (try? Regex($0)) != nil }) ?? true else { throw match.fault("has a 'regex' that can't be read") }
        for (key, value) in try match["params"]?.members() ?? [] { params[key] = try value.text() }
    }

    private mutating func readWork(_ work: ScenarioEntry) throws(ScenarioError) {
        let errorKeys: Set<String> = [
            "status", "code", "subcode", "message", "type", "is_transient", "title", "user_message",
        ]
        try work.keys(
            among: errorKeys.union(["error", "html", "body", "half", "lost", "delay_ms", "delay_before_ms", "headers", "work"]))
        delayMs = try work.integer("delay_ms") ?? 0
        delayBeforeMs = try work.integer("delay_before_ms") ?? 0
        worksBeforeFailing = try work.flag("work") ?? false
        for (name, value) in try work["headers"]?.members() ?? [] { headers.append((name, value.value.parameter)) }
        try work["error"]?.keys(among: errorKeys)
        answer = try Self.answer(work, error: work["error"] ?? work)
    }

    private static func answer(_ work: ScenarioEntry, error: ScenarioEntry) throws(ScenarioError) -> Answer {
        let given = try work.integer("status") == nil ? error.integer("status") : work.integer("status")
        let status = given.map { Int(truncatingIfNeeded: $0) }
        guard status.map({ (200...599).contains($0) }) ?? true else { throw work.fault("has a status that can't be") }
        if try work.flag("html") == true { return .html(status: status ?? 503) }
        if let text = try work.text("body") { return .raw(status: status ?? 200, text: text) }
        if let half = try work.choice("half", ["true", "length", "cut", "false"]), half != "false" {
            return half == "cut" ? .halfCut : .halfLength
        }
        if let lost = try work.choice("lost", ["true", "before", "false"]), lost != "false" {
            return .lost(worked: lost != "before")
        }
        guard let code = try error.integer("code") ?? (status != nil ? 2 : nil) else { return .normal }
        return .failure(
            GraphFailure(
                status: status ?? 400, code: Int(truncatingIfNeeded: code),
                subcode: try error.integer("subcode").map { Int(truncatingIfNeeded: $0) },
                message: try error.text("message") ?? "An unexpected error has occurred. Please retry your request later.",
                type: try error.text("type") ?? "OAuthException", isTransient: try error.flag("is_transient"),
                title: try error.text("title"), userMessage: try error.text("user_message")))
    }
}
