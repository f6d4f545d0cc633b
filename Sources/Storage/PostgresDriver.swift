import CPostgreSQL
import Glibc

/// PostgreSQL through libpq.
///
/// Every call has a deadline of its own, whatever the server or the network does. The connection stays in pipeline mode: what needs no answer of
/// its own (`BEGIN` of a reader, savepoints) travels with the next statement.
package final class PostgresDriver: Driver {
    private static let preparedMax = 512
    private static let deferrable: Set<String> = ["SAVEPOINT job", "RELEASE job"]
    /// Not prepared: some of them have to be understood after a failure, too.
    private static let plain: Set<String> = ["BEGIN", "COMMIT", "ROLLBACK", "ROLLBACK TO job"]

    private let role: DriverRole
    private let deadlineMs: Int64
    private var connection: OpaquePointer?
    private var prepared: [String: Prepared] = [:]
    /// To be sent with the next statement.
    private var deferred: [Statement] = []
    private static let deferredMax = 256
    /// Sent, and their answers not read yet.
    private var owed: [Step] = []
    private var uses = 0
    /// A plan that was made when the tables were empty does not fit when they are full: at this use all are made anew, and then at twice as many.
    private var plansExpireAtUse = 512

    private struct Prepared {
        let name: String
        var columns: Row.Columns?
        var usedAt: Int
    }

    package let engine = StoreEngine.postgresql

    /// Connects within five seconds, or as the address says.
    ///
    /// `deadlineMs`: nil for the role's own, after which a call gives up.
    package init(address: PostgresAddress, role: DriverRole, deadlineMs: Int64? = nil) throws(StoreError) {
        self.role = role
        self.deadlineMs = deadlineMs ?? Self.deadlineMs(role)
        let made = Self.connect(address)
        guard let made, PQstatus(made) == CONNECTION_OK else {
            defer { PQfinish(made) }
            throw .unreachable(Self.sentence(PQerrorMessage(made)))
        }
        connection = made
        // What the server remarks comes as an error, too, where it matters; on its own it would stand raw between lines of the log.
        PQsetNoticeProcessor(made, { _, _ in }, nil)
        try script(Self.settings(role))
        PQsetnonblocking(made, 1)
        PQenterPipelineMode(made)
    }

    deinit { close() }

    package var walPages: Int { 0 }

    package func checkpoint(_ mode: CheckpointMode) throws(StoreError) {}

    package var inTransaction: Bool {
        guard let connection, PQstatus(connection) == CONNECTION_OK else { return false }
        guard owed.isEmpty else { return false }
        let status = PQtransactionStatus(connection)
        return status == PQTRANS_INTRANS || status == PQTRANS_INERROR
    }

    package func run(_ statement: Statement) throws(StoreError) -> [Row] {
        if Self.deferrable.contains(statement.text) || (role == .reader && statement.text == "BEGIN") {
            // A savepoint ends with all that belongs to it: what fails fails here, and not in the next.
            let endsWork = statement.text == "RELEASE job" && deferred.contains { !Self.isPlain($0) }
            deferred.append(statement)
            return endsWork ? try exchange([]) : []
        }
        if role == .reader, statement.text == "COMMIT" {
            try commitUnheard()
            return []
        }
        if statement.text == "ROLLBACK" || statement.text == "ROLLBACK TO job" { deferred.removeAll { !Self.isPlain($0) } }
        return try exchange([statement])
    }

    package func later(_ statement: Statement) throws(StoreError) {
        guard connection != nil else { throw Self.lost }
        deferred.append(statement)
        if deferred.count >= Self.deferredMax { _ = try exchange([]) }
    }

    /// Ends a reader's transaction without waiting for the answer: there is nothing in it. It is read with the next exchange.
    private func commitUnheard() throws(StoreError) {
        guard connection != nil else { throw Self.lost }
        // nothing was asked since BEGIN, and BEGIN was never sent
        guard deferred.isEmpty else { return deferred = [] }
        let steps = try send("COMMIT")
        try sent(PQpipelineSync(connection))
        guard PQflush(connection) >= 0 else { throw lose(Self.sentence(PQerrorMessage(connection))) }
        owed = steps
    }

    private func hear() throws(StoreError) {
        guard !owed.isEmpty else { return }
        let steps = owed
        owed = []
        _ = try receive(steps)
    }

    private static func isPlain(_ statement: Statement) -> Bool {
        plain.contains(statement.text) || deferrable.contains(statement.text)
    }

    package func begin() throws(StoreError) -> Int64? {
        deferred = ["BEGIN"]
        return try exchange(["SELECT last_id FROM writer_turn WHERE id = 1 FOR UPDATE"]).first?.int64("last_id") ?? 0
    }

    package func commit(lastID: Int64?) throws(StoreError) {
        let turn: [Statement] = lastID.map { ["UPDATE writer_turn SET last_id = \($0) WHERE id = 1"] } ?? []
        _ = try exchange(turn + ["COMMIT"])
        // The server answers COMMIT of a failed transaction with success, and has rolled back.
        guard lastTag == "COMMIT" else { throw .busy }
    }

    /// Several statements in one round trip; outside of a transaction all or nothing. The rows of the last.
    func exchange(_ statements: [Statement]) throws(StoreError) -> [Row] {
        guard let connection else { throw Self.lost }
        try hear()
        let all = deferred + statements
        deferred = []
        var steps: [Step] = []
        for statement in all { steps += try send(statement) }
        try sent(PQpipelineSync(connection))
        return try receive(steps)
    }

    package func together(_ statements: [Statement]) throws(StoreError) { _ = try exchange(statements) }

    package func script(_ text: String) throws(StoreError) {
        try hear()
        guard let connection else { throw Self.lost }
        let wasPipelined = PQpipelineStatus(connection) != PQ_PIPELINE_OFF
        if wasPipelined { PQexitPipelineMode(connection) }
        defer { if wasPipelined { PQenterPipelineMode(connection) } }
        try sent(PQsendQuery(connection, text))
        var failure: StoreError?
        let deadline = Deadline(ms: deadlineMs)
        while let result = try next(deadline) {
            defer { PQclear(result) }
            if PQresultStatus(result) == PGRES_FATAL_ERROR { failure = failure ?? Self.error(result, text) }
        }
        if let failure { throw failure }
    }

    package func close() {
        PQfinish(connection)
        connection = nil
        prepared = [:]
        deferred = []
        owed = []
    }

    /// To wait for what other sessions notify of.
    var socket: Int32 { PQsocket(connection) }

    /// What other sessions have notified of since the last look; throws when the connection is gone.
    func notes() throws(StoreError) -> [String] {
        guard let connection else { throw Self.lost }
        guard PQconsumeInput(connection) == 1 else { throw lose(Self.sentence(PQerrorMessage(connection))) }
        var notes: [String] = []
        while let note = PQnotifies(connection) {
            notes.append(String(cString: note.pointee.extra))
            PQfreemem(note)
        }
        return notes
    }

    /// For tests: the connection breaks as if the network did.
    package func cut() {
        if let connection { shutdown(PQsocket(connection), Int32(SHUT_RDWR)) }
    }

    // MARK: one exchange

    private enum Step {
        case plain(String)
        case prepare(String)
        case execute(String)

        var text: String {
            switch self {
            case .plain(let text), .prepare(let text), .execute(let text): text
            }
        }
    }

    private var lastTag = ""

    private func send(_ statement: Statement) throws(StoreError) -> [Step] {
        let text = statement.text
        guard !Self.isPlain(statement) else {
            return [try sendPlain(text)]
        }
        uses += 1
        var steps: [Step] = []
        if uses == plansExpireAtUse {
            plansExpireAtUse *= 2
            steps.append(try sendPlain("DISCARD PLANS"))
        }
        let name: String
        if let known = prepared[text] {
            prepared[text]?.usedAt = uses
            name = known.name
        } else {
            if prepared.count >= Self.preparedMax, let oldest = try dropOldest() { steps.append(oldest) }
            name = "s\(uses)"
            var types = statement.binds.map { Self.type($0.kind) }
            try sent(PQsendPrepare(connection, name, PostgresText.places(text), Int32(types.count), &types))
            prepared[text] = Prepared(name: name, columns: nil, usedAt: uses)
            steps.append(.prepare(text))
        }
        try sent(PostgresParameters(statement.binds).send(name, on: connection))
        return steps + [.execute(text)]
    }

    /// Reads the answers to all steps, up to the mark of the sync, and gives the rows of the last.
    private func receive(_ steps: [Step]) throws(StoreError) -> [Row] {
        let deadline = Deadline(ms: deadlineMs)
        var rows: [Row] = []
        var failure: StoreError?
        for step in steps {
            while let result = try next(deadline) {
                defer { PQclear(result) }
                switch PQresultStatus(result) {
                case PGRES_TUPLES_OK, PGRES_COMMAND_OK:
                    lastTag = PQcmdStatus(result).map { String(cString: $0) } ?? ""
                    if case .execute(let text) = step {
                        do throws(StoreError) { rows = try read(result, text) } catch { failure = failure ?? error }
                    }
                case PGRES_PIPELINE_ABORTED:
                    if case .prepare(let text) = step { prepared[text] = nil }
                default:
                    if case .prepare(let text) = step { prepared[text] = nil }
                    failure = failure ?? Self.error(result, step.text)
                }
            }
        }
        let mark = try next(deadline)
        defer { PQclear(mark) }
        if failure == nil, PQresultStatus(mark) != PGRES_PIPELINE_SYNC { throw lose("The server's answers are out of order.") }
        if let failure { throw failure }
        return rows
    }

    /// The next result; nil at the end of one statement's results.
    private func next(_ deadline: Deadline) throws(StoreError) -> OpaquePointer? {
        guard let connection else { throw Self.lost }
        var unsent = PQflush(connection)
        while unsent == 1 || PQisBusy(connection) == 1 {
            guard unsent >= 0 else { throw lose(Self.sentence(PQerrorMessage(connection))) }
            var poller = pollfd(fd: PQsocket(connection), events: Int16(POLLIN) | (unsent == 1 ? Int16(POLLOUT) : 0), revents: 0)
            let ready = poll(&poller, 1, deadline.leftMs)
            if ready == 0 {
                _ = lose("")
                throw .timeout
            }
            if ready < 0, errno != EINTR { throw lose("The socket can't be waited for (\(errno)).") }
            if poller.revents & ~Int16(POLLOUT) != 0, PQconsumeInput(connection) == 0 {
                throw lose(Self.sentence(PQerrorMessage(connection)))
            }
            unsent = PQflush(connection)
        }
        let result = PQgetResult(connection)
        if result == nil || PQresultStatus(result) == PGRES_FATAL_ERROR, PQstatus(connection) == CONNECTION_BAD {
            let why = Self.sentence(PQerrorMessage(connection))
            PQclear(result)
            throw lose(why)
        }
        return result
    }

    private func read(_ result: OpaquePointer, _ text: String) throws(StoreError) -> [Row] {
        let count = PQnfields(result)
        guard count > 0 else { return [] }
        let columns =
            prepared[text]?.columns
            ?? Row.Columns((0..<count).map { PQfname(result, $0).map { String(cString: $0) } ?? "" })
        prepared[text]?.columns = columns
        let types = (0..<count).map { PQftype(result, $0) }
        var rows: [Row] = []
        rows.reserveCapacity(Int(PQntuples(result)))
        for row in 0..<PQntuples(result) {
            var values: [Value] = []
            values.reserveCapacity(Int(count))
            for column in 0..<count { values.append(try PostgresText.value(result, row, column, types[Int(column)])) }
            rows.append(Row(columns: columns, values: values))
        }
        return rows
    }

    private func dropOldest() throws(StoreError) -> Step? {
        guard let oldest = prepared.min(by: { $0.value.usedAt < $1.value.usedAt }) else { return nil }
        prepared[oldest.key] = nil
        return try sendPlain("DEALLOCATE \(oldest.value.name)")
    }

    private func sendPlain(_ text: String) throws(StoreError) -> Step {
        try sent(PQsendQueryParams(connection, text, 0, nil, nil, nil, nil, 1))
        return .plain(text)
    }

    private func sent(_ isSent: Int32) throws(StoreError) {
        guard isSent == 1 else { throw lose(Self.sentence(PQerrorMessage(connection))) }
    }

    /// Gives the connection up; whatever was open on it, the server rolls back.
    private func lose(_ why: String) -> StoreError {
        close()
        return .unreachable(why)
    }
}

/// When a call gives up.
private struct Deadline {
    private let at: ContinuousClock.Instant

    init(ms: Int64) { at = .now + .milliseconds(ms) }

    /// For `poll`: at least 0.
    var leftMs: Int32 {
        let left = ContinuousClock.now.duration(to: at)
        return Int32(clamping: max(0, left.components.seconds * 1_000 + left.components.attoseconds / 1_000_000_000_000_000))
    }
}

extension PostgresDriver {
    private static let lost = StoreError.unreachable("The connection is gone.")

    /// ms after which a call gives up, by then the server itself has given up the statement.
    private static func deadlineMs(_ role: DriverRole) -> Int64 { statementMs(role) + 3_000 }

    private static func statementMs(_ role: DriverRole) -> Int64 {
        switch role {
        case .writer, .appender: 10_000
        case .reader: 30_000
        case .checkpointer, .tender: 60_000
        case .setup: 1_800_000
        }
    }

    private static func connect(_ address: PostgresAddress) -> OpaquePointer? {
        // What stands in the address comes last, and wins.
        let words = [
            ("fallback_application_name", "touchstone"), ("connect_timeout", "5"), ("tcp_user_timeout", "10000"),
            ("keepalives_idle", "10"), ("keepalives_interval", "3"), ("keepalives_count", "3"), ("client_encoding", "UTF8"),
            ("dbname", address.url),
        ]
        let keys = words.map { strdup($0.0) }
        let values = words.map { strdup($0.1) }
        defer { for text in keys + values { free(text) } }
        let keyList: [UnsafePointer<CChar>?] = keys.map { UnsafePointer($0) } + [nil]
        let valueList: [UnsafePointer<CChar>?] = values.map { UnsafePointer($0) } + [nil]
        return PQconnectdbParams(keyList, valueList, 1)
    }

    /// Every statement of the pipeline finds its rows by an index. A database that is new, or grows fast, has no statistics yet, and the planner
    /// would read and join whole tables: it is told not to. (What has no index all the same looks dear then, and would be compiled first: `jit`.)
    ///
    /// `idle_in_transaction_session_timeout`: a gateway that was stopped while it had the turn loses it.
    private static func settings(_ role: DriverRole) -> String {
        let reading =
            role == .reader
            ? "SET default_transaction_isolation = 'repeatable read'; SET default_transaction_read_only = on;" : ""
        let planning =
            switch role {
            case .writer, .appender, .reader:
                "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off;"
            case .checkpointer, .tender, .setup: ""
            }
        return """
            SET statement_timeout = \(statementMs(role)); SET idle_in_transaction_session_timeout = \(role == .reader ? 30_000 : 2_000);
            SET client_min_messages = warning; SET timezone = 'UTC'; \(reading) \(planning)
            SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
            """
    }

    private static func type(_ kind: Bind.Kind) -> Oid {
        switch kind {
        case .integer: PostgresText.int8
        case .text: PostgresText.text
        case .bytes: PostgresText.bytea
        }
    }

    static func sentence(_ message: UnsafePointer<CChar>?) -> String {
        guard let message else { return "" }
        return String(cString: message).split(separator: "\n").joined(separator: " ")
    }

    /// By SQLSTATE.
    private static func error(_ result: OpaquePointer, _ text: String) -> StoreError {
        let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) } ?? ""
        let message = PQresultErrorField(result, Int32(UInt8(ascii: "M"))).map { String(cString: $0) } ?? ""
        switch state {
        case "23505": return .constraint(.unique)
        case "23502": return .constraint(.notNull)
        case "23514": return .constraint(.check)
        case "53100": return .full
        case "58030", "58P01", "58P02": return .ioFailure(code: 0)
        case "XX001", "XX002": return .corrupt
        case "40001", "40P01", "55P03": return .busy
        case "57014": return .timeout
        case "25006": return .readOnly
        case "57P01", "57P02", "57P03", "25P03", "53300": return .unreachable(message)
        // The schema has moved under a prepared statement: a new connection prepares anew.
        case "0A000" where message.hasPrefix("cached plan"): return .unreachable(message)
        case _ where state.hasPrefix("08"): return .unreachable(message)
        case _ where state.hasPrefix("23"): return .constraint(.other)
        case "42804": return .constraint(.dataType)
        case _ where state.hasPrefix("22"): return .constraint(.dataType)
        default: return .statement(code: 0, text: "\(state) \(message): \(text)")
        }
    }
}
