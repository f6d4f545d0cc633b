/// Reads a table as shops export it: RFC 4180, with a comma, a semicolon or a tab between fields, quotes, any line ends, and a byte order mark.
package struct CSVReader: Sendable {
    /// One record with the line on which it begins, from 1.
    package struct Record: Sendable, Equatable {
        package let line: Int
        package let fields: [String]
    }

    private let bytes: [UInt8]
    private let separator: UInt8
    private var place = 0
    private var line = 1

    /// Throws for what is no text in UTF-8 or ASCII, as far as its first bytes tell.
    package init(_ bytes: [UInt8]) throws(CSVFault) {
        guard !bytes.starts(with: [0xFF, 0xFE]), !bytes.starts(with: [0xFE, 0xFF]) else { throw .notUTF8 }
        self.bytes = bytes
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        place = start
        separator = Self.separator(of: bytes[start...])
    }

    /// The one that stands most often in the first line, outside of quotes.
    private static func separator(of bytes: ArraySlice<UInt8>) -> UInt8 {
        var counts: [UInt8: Int] = [:]
        var isQuoted = false
        for byte in bytes {
            if byte == Self.quote { isQuoted.toggle() }
            if byte == Self.newline || byte == Self.return, !isQuoted { break }
            if !isQuoted { counts[byte, default: 0] += 1 }
        }
        let candidates = [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t")]
        return candidates.max { counts[$0, default: 0] < counts[$1, default: 0] } ?? candidates[0]
    }

    /// The next record that is not empty; nil at the end.
    package mutating func next() throws(CSVFault) -> Record? {
        while place < bytes.count {
            let start = line
            let fields = try record()
            if fields.count > 1 || fields.first?.isEmpty == false { return Record(line: start, fields: fields) }
        }
        return nil
    }

    private mutating func record() throws(CSVFault) -> [String] {
        let start = line
        var fields: [String] = []
        while true {
            fields.append(place < bytes.count && bytes[place] == Self.quote ? try quoted() : plain())
            guard fields.count <= Limits.csvColumnsMax else { throw .tooManyColumns(line: start) }
            guard place < bytes.count else { return fields }
            let byte = bytes[place]
            place += 1
            if byte == separator { continue }
            if byte == Self.return, place < bytes.count, bytes[place] == Self.newline { place += 1 }
            line += 1
            return fields
        }
    }

    /// Up to the next separator or the end of the line. A quote within is a character like any other.
    private mutating func plain() -> String {
        let start = place
        while place < bytes.count, bytes[place] != separator, bytes[place] != Self.newline, bytes[place] != Self.return {
            place += 1
        }
        return String(decoding: bytes[start..<place], as: UTF8.self)
    }

    /// Between quotes, where two stand for one; line ends belong to the field.
    private mutating func quoted() throws(CSVFault) -> String {
        let start = line
        var text: [UInt8] = []
        place += 1
        while true {
            guard place < bytes.count else { throw .quoteOpen(line: start) }
            let byte = bytes[place]
            place += 1
            if byte == Self.quote {
                guard place < bytes.count, bytes[place] == Self.quote else { break }
                place += 1
            }
            if byte == Self.newline { line += 1 }
            text.append(byte)
        }
        let isEnd = place == bytes.count || [separator, Self.newline, Self.return].contains(bytes[place])
        guard isEnd else { throw .textBehindQuote(line: line) }
        return String(decoding: text, as: UTF8.self)
    }

    private static let quote = UInt8(ascii: "\"")
    private static let newline = UInt8(ascii: "\n")
    private static let `return` = UInt8(ascii: "\r")
}
