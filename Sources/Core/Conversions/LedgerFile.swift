/// The orders of a shop's own file.
package struct LedgerFile: Sendable, Equatable {
    package struct Order: Sendable, Equatable {
        /// As the file writes it.
        package let id: String
        /// As the gateway stores it.
        package let key: String
        /// Where it stands first, from 1.
        package let line: Int
    }

    /// Each order once.
    package let orders: [Order]
    /// Lines whose field is empty.
    package let linesWithoutOrder: Int
    /// Lines with an order that an earlier line has.
    package let linesAgain: Int

    /// `digest` gives the SHA-256 in lower-case hex (Core has no cryptography).
    package init(_ bytes: [UInt8], column: String, digest: ([UInt8]) -> String) throws(CSVFault) {
        guard bytes.count <= Limits.csvBytesMax else { throw .tooLarge }
        var reader = try CSVReader(bytes)
        guard let header = try reader.next() else { throw .empty }
        let place = try Self.place(of: column, in: header.fields)
        var orders: [Order] = []
        var seen: Set<String> = []
        var (empty, again) = (0, 0)
        while let record = try reader.next() {
            guard record.fields.indices.contains(place) else { throw .fieldMissing(column, line: record.line) }
            let id = record.fields[place].trimmedBlanks
            guard let key = ConversionDecoder.orderKey(of: id, digest: digest) else {
                empty += 1
                continue
            }
            guard seen.insert(key).inserted else {
                again += 1
                continue
            }
            orders.append(Order(id: id, key: key, line: record.line))
        }
        self.orders = orders
        linesWithoutOrder = empty
        linesAgain = again
    }

    /// A column is found whatever its case and the blanks around it.
    private static func place(of column: String, in header: [String]) throws(CSVFault) -> Int {
        let wanted = column.trimmedBlanks.lowercased()
        let places = header.indices.filter { header[$0].trimmedBlanks.lowercased() == wanted }
        guard let place = places.first else { throw .columnMissing(column, columns: header.map(\.trimmedBlanks)) }
        guard places.count == 1 else { throw .columnTwice(column) }
        return place
    }
}
