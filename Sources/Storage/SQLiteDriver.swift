import CSQLite

/// SQLite through its C API.
///
/// WAL, `synchronous=FULL`, no automatic checkpoint: who checkpoints, and when, is decided by the writer.
package final class SQLiteDriver: Driver {
    private static let preparedMax = 256
    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    private struct Prepared {
        let handle: OpaquePointer
        let columns: Row.Columns
        var usedAt: Int
    }

    package let engine = StoreEngine.sqlite

    private var handle: OpaquePointer?
    private var prepared: [String: Prepared] = [:]
    private var uses = 0
    private let walFrames: UnsafeMutablePointer<Int32>

    /// Opens the file; only `.setup` creates it.
    package init(path: String, role: DriverRole) throws(StoreError) {
        walFrames = .allocate(capacity: 1)
        walFrames.initialize(to: 0)
        var flags = SQLITE_OPEN_NOMUTEX
        switch role {
        case .setup: flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        case .writer, .checkpointer, .appender, .tender: flags |= SQLITE_OPEN_READWRITE
        case .reader: flags |= SQLITE_OPEN_READONLY
        }
        let code = sqlite3_open_v2(path, &handle, flags, nil)
        guard code == SQLITE_OK, let handle else {
            sqlite3_close_v2(self.handle)
            self.handle = nil
            throw .cannotOpen(code: code)
        }
        sqlite3_extended_result_codes(handle, 1)
        try configure(handle, role)
    }

    deinit {
        close()
        walFrames.deallocate()
    }

    private func configure(_ handle: OpaquePointer, _ role: DriverRole) throws(StoreError) {
        sqlite3_busy_timeout(handle, role == .reader || role == .setup ? 5_000 : 250)
        if role == .setup { try script("PRAGMA page_size = 4096; PRAGMA journal_mode = WAL") }
        // `secure_delete`: what was erased is not left in free pages.
        try script(
            """
            PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 0;
            PRAGMA trusted_schema = OFF; PRAGMA secure_delete = ON; PRAGMA cache_size = \(role == .writer ? -16_000 : -2_000)
            """)
        // After the pragmas: setting `wal_autocheckpoint` takes the hook away.
        sqlite3_wal_hook(
            handle,
            { frames, _, _, count in
                frames?.assumingMemoryBound(to: Int32.self).pointee = count
                return SQLITE_OK
            }, walFrames)
    }

    package func begin() throws(StoreError) -> Int64? {
        _ = try run("BEGIN IMMEDIATE")
        return nil
    }

    package func later(_ statement: Statement) throws(StoreError) { _ = try run(statement) }

    package func together(_ statements: [Statement]) throws(StoreError) {
        _ = try begin()
        do throws(StoreError) {
            for statement in statements { _ = try run(statement) }
            try commit(lastID: nil)
        } catch {
            if inTransaction { _ = try run("ROLLBACK") }
            throw error
        }
    }

    package func commit(lastID: Int64?) throws(StoreError) { _ = try run("COMMIT") }

    package var walPages: Int { Int(walFrames.pointee) }

    package var inTransaction: Bool { handle.map { sqlite3_get_autocommit($0) == 0 } ?? false }

    package func script(_ text: String) throws(StoreError) {
        guard let handle else { throw .closed }
        let code = sqlite3_exec(handle, text, nil, nil, nil)
        guard code == SQLITE_OK else { throw error(code, text) }
    }

    package func run(_ statement: Statement) throws(StoreError) -> [Row] {
        let (statementHandle, columns) = try prepare(statement.text)
        defer {
            sqlite3_reset(statementHandle)
            sqlite3_clear_bindings(statementHandle)
        }
        for (place, bind) in statement.binds.enumerated() {
            let code = Self.bind(bind.value, at: Int32(place + 1), of: statementHandle)
            guard code == SQLITE_OK else { throw error(code, statement.text) }
        }
        var rows: [Row] = []
        while true {
            switch sqlite3_step(statementHandle) {
            case SQLITE_ROW: rows.append(Self.row(of: statementHandle, columns))
            case SQLITE_DONE: return rows
            case let code: throw error(code, statement.text)
            }
        }
    }

    package func checkpoint(_ mode: CheckpointMode) throws(StoreError) {
        guard let handle else { throw .closed }
        let wanted =
            switch mode {
            case .passive: SQLITE_CHECKPOINT_PASSIVE
            case .restart: SQLITE_CHECKPOINT_RESTART
            case .truncate: SQLITE_CHECKPOINT_TRUNCATE
            }
        let code = sqlite3_wal_checkpoint_v2(handle, nil, wanted, nil, nil)
        guard code == SQLITE_OK else { throw error(code, "checkpoint") }
    }

    package func close() {
        for statement in prepared.values { sqlite3_finalize(statement.handle) }
        prepared = [:]
        sqlite3_close_v2(handle)
        handle = nil
    }

    private func prepare(_ text: String) throws(StoreError) -> (OpaquePointer, Row.Columns) {
        uses += 1
        if let place = prepared.index(forKey: text) {
            prepared.values[place].usedAt = uses
            return (prepared.values[place].handle, prepared.values[place].columns)
        }
        guard let handle else { throw .closed }
        var made: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &made, nil)
        guard code == SQLITE_OK, let made else { throw error(code, text) }
        let names = (0..<sqlite3_column_count(made)).map { sqlite3_column_name(made, $0).map { String(cString: $0) } ?? "" }
        if prepared.count >= Self.preparedMax { dropOldest() }
        let columns = Row.Columns(names)
        prepared[text] = Prepared(handle: made, columns: columns, usedAt: uses)
        return (made, columns)
    }

    private func dropOldest() {
        guard let oldest = prepared.min(by: { $0.value.usedAt < $1.value.usedAt }) else { return }
        sqlite3_finalize(oldest.value.handle)
        prepared[oldest.key] = nil
    }

    private static func bind(_ value: Value, at place: Int32, of statement: OpaquePointer) -> Int32 {
        switch value {
        case .null: return sqlite3_bind_null(statement, place)
        case .integer(let number): return sqlite3_bind_int64(statement, place, number)
        case .text(var text):
            guard !text.isEmpty else { return sqlite3_bind_text(statement, place, "", 0, transient) }
            return text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) {
                    sqlite3_bind_text64(statement, place, $0.baseAddress, UInt64($0.count), transient, UInt8(SQLITE_UTF8))
                }
            }
        case .bytes(let bytes):
            // No address would mean null.
            guard !bytes.isEmpty else { return sqlite3_bind_zeroblob(statement, place, 0) }
            return bytes.withUnsafeBytes { sqlite3_bind_blob64(statement, place, $0.baseAddress, UInt64($0.count), transient) }
        }
    }

    private static func row(of statement: OpaquePointer, _ columns: Row.Columns) -> Row {
        let values = (0..<Int32(columns.names.count)).map { column -> Value in
            switch sqlite3_column_type(statement, column) {
            case SQLITE_INTEGER: .integer(sqlite3_column_int64(statement, column))
            case SQLITE_TEXT:
                .text(String(decoding: raw(sqlite3_column_text(statement, column), statement, column), as: UTF8.self))
            case SQLITE_BLOB: .bytes(Array(raw(sqlite3_column_blob(statement, column), statement, column)))
            default: .null  // SQLITE_NULL, and SQLITE_FLOAT, which no column has
            }
        }
        return Row(columns: columns, values: values)
    }

    private static func raw(_ start: UnsafeRawPointer?, _ statement: OpaquePointer, _ column: Int32) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : Int(sqlite3_column_bytes(statement, column)))
    }

    private func error(_ code: Int32, _ text: String) -> StoreError {
        switch code & 0xff {
        case SQLITE_FULL: return .full
        case SQLITE_IOERR: return .ioFailure(code: code)
        case SQLITE_CORRUPT, SQLITE_NOTADB: return .corrupt
        case SQLITE_BUSY, SQLITE_LOCKED: return .busy
        case SQLITE_READONLY: return .readOnly
        case SQLITE_CANTOPEN: return .cannotOpen(code: code)
        case SQLITE_CONSTRAINT: return .constraint(Self.constraint(code))
        default: return .statement(code: code, text: text)
        }
    }

    private static func constraint(_ code: Int32) -> StoreConstraint {
        switch code {
        // PRIMARYKEY, UNIQUE, ROWID
        case SQLITE_CONSTRAINT | (6 << 8), SQLITE_CONSTRAINT | (8 << 8), SQLITE_CONSTRAINT | (10 << 8): .unique
        case SQLITE_CONSTRAINT | (5 << 8): .notNull
        case SQLITE_CONSTRAINT | (12 << 8): .dataType
        case SQLITE_CONSTRAINT | (1 << 8): .check
        default: .other
        }
    }
}
