import Storage
import TestSupport
import Testing

@Suite("Statements and rows")
struct StatementTests {
    @Test("a value never becomes part of the text")
    func values() {
        let name = "'; DROP TABLE jobs; --"
        let statement: Statement = "SELECT id FROM rules WHERE name = \(name) AND seen_at > \(7)"
        #expect(statement.text == "SELECT id FROM rules WHERE name = ? AND seen_at > ?")
        #expect(statement.binds.map(\.value) == [.text(name), .integer(7)])
    }

    @Test("parts keep their values in order")
    func parts() {
        let part: Statement = "b = \("x") AND c = \(true)"
        let whole: Statement = "a = \(Int64(1)) AND \(part)" + " AND d = \([UInt8]([1]))"
        #expect(whole.text == "a = ? AND b = ? AND c = ? AND d = ?")
        #expect(whole.binds.map(\.value) == [.integer(1), .text("x"), .integer(1), .bytes([1])])
    }

    @Test("a null has the type of its expression")
    func typedNull() {
        let statement: Statement = "\(Int64?.none) \(String?.none) \([UInt8]?.none) \(Bool?.none)"
        #expect(statement.binds.map(\.kind) == [.integer, .text, .bytes, .integer])
        #expect(statement.binds.allSatisfy { $0.value == .null })
    }

    @Test(
        "a list takes a power of two of places and matches nothing when it is empty", arguments: [(0, 1), (1, 1), (3, 4), (5, 8)])
    func lists(count: Int, places: Int) async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let list = (0..<Int64(count)).map { $0 }
        let statement: Statement = "SELECT 1 AS one WHERE 0 IN (\(list: list))"
        #expect(statement.binds.count == places)
        #expect(try await store.read { try $0.run(statement).count } == (count > 0 ? 1 : 0))
        await store.close()
    }

    @Test("a null, then a number, then a null pass through one prepared statement")
    func nullThenNumber() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        for value in [nil, 5, nil, 6] as [Int64?] {
            let read = try await store.read { try $0.run("SELECT COALESCE(\(value), 0) AS value")[0].int64("value") }
            #expect(read == value ?? 0)
        }
        await store.close()
    }

    @Test("every kind of value comes back as it was given")
    func roundTrip() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let row = try await store.read {
            try $0.run(
                "SELECT \(Int64.min) AS a, \("zero\u{0}inside €") AS b, \([UInt8]([0, 255])) AS c, \("") AS d, \([UInt8]()) AS e, \(String?.none) AS f"
            )[0]
        }
        #expect(try row.int64("a") == .min)
        // PostgreSQL has no place for U+0000 in a text.
        #expect(try row.text("b") == (store.isShared ? "zero\u{fffd}inside €" : "zero\u{0}inside €"))
        #expect(try row.bytes("c") == [0, 255])
        #expect(try row.text("d") == "")
        #expect(try row.bytes("e") == [])
        #expect(try row.textOrNil("f") == nil)
        #expect(throws: StoreError.column(name: "g", problem: "is not in the result")) { try row.text("g") }
        #expect(throws: StoreError.column(name: "a", problem: "holds a number where text is expected")) { try row.text("a") }
        await store.close()
    }

    @Test("a wrong type and a broken key are refused by kind, without the value")
    func constraints() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        await #expect(throws: StoreError.constraint(.dataType)) {
            try await store.write { _ = try $0.run("INSERT INTO pulse (id, at) VALUES (1, \("secret"))") }
        }
        await #expect(throws: StoreError.constraint(.notNull)) {
            try await store.write { _ = try $0.run("INSERT INTO pulse (id, at) VALUES (1, \(Int64?.none))") }
        }
        await #expect(throws: StoreError.constraint(.unique)) {
            try await store.write { _ = try $0.run("INSERT INTO pulse (id, at) VALUES (1, 1), (1, 2)") }
        }
        await store.close()
    }
}
