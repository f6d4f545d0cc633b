import CPostgreSQL

/// How texts and values cross over to PostgreSQL and back.
enum PostgresText {
    static let bool: Oid = 16
    static let bytea: Oid = 17
    static let name: Oid = 19
    static let int8: Oid = 20
    static let int2: Oid = 21
    static let int4: Oid = 23
    static let text: Oid = 25
    static let varchar: Oid = 1043

    /// `?` outside of quotes becomes `$1`, `$2`, ….
    static func places(_ text: String) -> String {
        var (made, place, isQuoted) = ("", 0, false)
        made.reserveCapacity(text.utf8.count + 32)
        for character in text.unicodeScalars {
            if character == "'" { isQuoted.toggle() }
            guard character == "?", !isQuoted else {
                made.unicodeScalars.append(character)
                continue
            }
            place += 1
            made += "$\(place)"
        }
        return made
    }

    /// The schema is written for SQLite; here the same types have other names. Texts are compared byte by byte on both.
    static func schema(_ script: String) -> String {
        var script = script
        for (from, to) in [
            (" STRICT, WITHOUT ROWID", ""), (" STRICT", ""), (" INTEGER", " BIGINT"), (" BLOB", " BYTEA"),
            (" TEXT", " TEXT COLLATE \"C\""),
        ] { script = script.split(separator: from, omittingEmptySubsequences: false).joined(separator: to) }
        return script
    }

    /// One value of a result in binary form.
    static func value(_ result: OpaquePointer, _ row: Int32, _ column: Int32, _ type: Oid) throws(StoreError) -> Value {
        guard PQgetisnull(result, row, column) == 0, let start = PQgetvalue(result, row, column) else { return .null }
        let bytes = UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(result, row, column)))
        switch type {
        case int8: return .integer(Int64(bigEndian: bytes.loadUnaligned(as: Int64.self)))
        case int4: return .integer(Int64(Int32(bigEndian: bytes.loadUnaligned(as: Int32.self))))
        case int2: return .integer(Int64(Int16(bigEndian: bytes.loadUnaligned(as: Int16.self))))
        case bool: return .integer(bytes.first == 0 ? 0 : 1)
        case text, varchar, name: return .text(String(decoding: bytes, as: UTF8.self))
        case bytea: return .bytes(Array(bytes))
        default:
            throw .column(
                name: PQfname(result, column).map { String(cString: $0) } ?? "",
                problem: "is of type \(type), which no column has")
        }
    }
}

/// The values of one statement, in binary form, one after the other.
struct PostgresParameters {
    private var bytes: [UInt8] = []
    /// Where each begins, and how long it is; nil: null.
    private var spans: [(start: Int, count: Int)?] = []

    init(_ binds: [Bind]) {
        bytes.reserveCapacity(binds.count * 16)
        for bind in binds { append(bind.value) }
    }

    private mutating func append(_ value: Value) {
        let start = bytes.count
        switch value {
        case .null:
            spans.append(nil)
            return
        case .integer(let number): withUnsafeBytes(of: number.bigEndian) { bytes += $0 }
        case .text(let text): bytes += Self.withoutNul(text)
        case .bytes(let raw): bytes += raw
        }
        spans.append((start, bytes.count - start))
    }

    /// PostgreSQL's texts hold every character but U+0000.
    private static func withoutNul(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        guard bytes.contains(0) else { return bytes }
        return bytes.flatMap { $0 == 0 ? [0xef, 0xbf, 0xbd] : [$0] }
    }

    func send(_ name: String, on connection: OpaquePointer?) -> Int32 {
        bytes.withUnsafeBytes { raw in
            // An empty value needs an address, too: none means null.
            let base = raw.baseAddress ?? UnsafeRawPointer(bitPattern: 1)
            let values = spans.map { span -> UnsafePointer<CChar>? in
                span.flatMap { span in base.map { ($0 + span.start).assumingMemoryBound(to: CChar.self) } }
            }
            let lengths = spans.map { Int32($0?.count ?? 0) }
            let formats = [Int32](repeating: 1, count: spans.count)
            return PQsendQueryPrepared(connection, name, Int32(spans.count), values, lengths, formats, 1)
        }
    }
}

/// Where a PostgreSQL database is: a URI as libpq reads it, with every option of libpq in its query (`sslmode=verify-full`, `sslrootcert`, …).
package struct PostgresAddress: Sendable, Equatable {
    /// With the password.
    package let url: String

    /// Throws libpq's own sentence when it can't be read.
    package init(_ url: String) throws(StoreError) {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(url, &message) else {
            defer { PQfreemem(message) }
            throw .unreachable(PostgresDriver.sentence(message))
        }
        PQconninfoFree(options)
        self.url = url
    }

    /// For messages: without user and password.
    package var shown: String {
        let rest = url.prefix { $0 != "?" }.drop { $0 != ":" }.drop { $0 == ":" || $0 == "/" }
        return "postgres://" + (rest.split(separator: "@", omittingEmptySubsequences: false).last ?? "")
    }
}
