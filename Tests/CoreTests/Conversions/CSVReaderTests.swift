import Core
import Testing

@Suite("Tables of shops")
struct CSVReaderTests {
    private static func rows(_ text: String) throws -> [[String]] {
        var reader = try CSVReader(Array(text.utf8))
        var rows: [[String]] = []
        while let record = try reader.next() { rows.append(record.fields) }
        return rows
    }

    @Test(
        "quotes, separators, line ends and the mark of Excel are read as RFC 4180 and shops write them",
        arguments: [
            ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
            ("a,b\r\n1,2", [["a", "b"], ["1", "2"]]),
            ("a,b\r1,2\r", [["a", "b"], ["1", "2"]]),
            ("\u{FEFF}a;b\n1,5;2\n", [["a", "b"], ["1,5", "2"]]),
            ("a\tb\n1;2\t3,4\n", [["a", "b"], ["1;2", "3,4"]]),
            ("\"a,b\",c\n\"1\"\"2\",\"3\n4\"\n", [["a,b", "c"], ["1\"2", "3\n4"]]),
            ("a\n\n\n1\n", [["a"], ["1"]]),
            ("a,b\n,\n1,\n", [["a", "b"], ["", ""], ["1", ""]]),
            ("a,b\n5\" pipe,2\n", [["a", "b"], ["5\" pipe", "2"]]),
            ("a,b\n\"\",2\n", [["a", "b"], ["", "2"]]),
            ("\"one\"", [["one"]]), ("", []),
        ])
    func reads(_ text: String, _ expected: [[String]]) throws { #expect(try Self.rows(text) == expected) }

    @Test("a record knows the line on which it begins, also behind one of several lines")
    func lines() throws {
        var reader = try CSVReader(Array("a,b\n\"1\n\n2\",x\n\n3,y\n".utf8))
        var lines: [Int] = []
        while let record = try reader.next() { lines.append(record.line) }
        #expect(lines == [1, 2, 6])
    }

    @Test(
        "what is no table is refused with its line",
        arguments: [
            ("a,b\n1,\"2\n", CSVFault.quoteOpen(line: 2)), ("a,b\n\"1\"x,2\n", .textBehindQuote(line: 2)),
            ("a\n" + String(repeating: ",", count: 1_000) + "\n", .tooManyColumns(line: 2)),
        ])
    func faults(_ text: String, _ fault: CSVFault) { #expect(throws: fault) { try Self.rows(text) } }

    @Test("UTF-16 is told, not read as something else", arguments: [[0xFF, 0xFE, 0x61, 0], [0xFE, 0xFF, 0, 0x61] as [UInt8]])
    func utf16(_ bytes: [UInt8]) { #expect(throws: CSVFault.notUTF8) { try CSVReader(bytes) } }

    // MARK: orders

    private static func file(_ text: String, column: String = "order_id") throws -> LedgerFile {
        try LedgerFile(Array(text.utf8), column: column, digest: { "\($0.count)" })
    }

    @Test("the orders of a file are found by their column, each once, as the gateway stores them")
    func orders() throws {
        let file = try Self.file("Date;\"Order_ID \";Total\n1.1.;A-1;5\n1.1.; A-2 ;5\n2.1.;A-1;5\n;;\n3.1.;#7;1\n")
        #expect(file.orders.map(\.id) == ["A-1", "A-2", "#7"])
        #expect(file.orders.map(\.key) == ["A-1", "A-2", "sha256:2"])
        #expect(file.orders.map(\.line) == [2, 3, 6])
        #expect(file.linesAgain == 1 && file.linesWithoutOrder == 1)
    }

    @Test(
        "a file without the column, or with a line that is cut off, is refused",
        arguments: [
            ("", CSVFault.empty), ("id,total\n1,2\n", .columnMissing("order_id", columns: ["id", "total"])),
            ("order_id,ORDER_ID\n1,2\n", .columnTwice("order_id")), ("total,order_id\n1\n", .fieldMissing("order_id", line: 2)),
        ])
    func faultsOfFiles(_ text: String, _ fault: CSVFault) {
        #expect(throws: fault) { try Self.file(text) }
        #expect(!fault.sentence.isEmpty)
    }
}
