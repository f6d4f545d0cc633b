// A body is a row of parts. Each begins behind a line `--boundary`, has a header block, an empty line and its value, and ends where
// the next such line begins; the last one ends with `--boundary--`. What stands before the first and behind the last is nothing.

/// Reads the fields of a `multipart/form-data` body that is there as a whole (RFC 7578).
///
/// What a part says of its own type is not asked: Guzzle gives each the type `multipart/form-data`, and yet it is one value.
struct MultipartFields {
    /// A line of the boundary.
    private struct Mark {
        /// Where the value before it ends.
        let start: Int
        /// Behind it, at its line's end.
        let end: Int
        let isLast: Bool
    }

    private let bytes: [UInt8]
    private let line: [UInt8]

    static func read(_ bytes: [UInt8], boundary: String) throws(ConversionRefusal) -> FormFields {
        guard (1...70).contains(boundary.utf8.count) else { throw ConversionRefusal(.boundaryMissing) }
        return try MultipartFields(bytes: bytes, line: Array("--\(boundary)".utf8)).fields()
    }

    private func fields() throws(ConversionRefusal) -> FormFields {
        var fields = FormFields()
        guard var mark = mark(at: 0, start: 0) ?? mark(from: 0) else { throw ConversionRefusal(.partUnterminated) }
        while !mark.isLast {
            let blank = try blankLine(from: mark.end)
            guard let next = self.mark(from: blank + 2) else { throw ConversionRefusal(.partUnterminated) }
            guard let name = Self.name(in: bytes[mark.end..<blank]) else { throw ConversionRefusal(.partUnnamed) }
            try fields.add(name, Array(bytes[min(blank + 4, next.start)..<next.start]))
            mark = next
        }
        return fields
    }

    // MARK: lines

    /// The next line of the boundary.
    private func mark(from start: Int) -> Mark? {
        var at = start
        while let end = lineEnd(from: at) {
            if let mark = mark(at: end + 2, start: end) { return mark }
            at = end + 2
        }
        return nil
    }

    /// The line of the boundary that begins at `at`; spaces may stand behind it, and nothing else.
    private func mark(at: Int, start: Int) -> Mark? {
        guard bytes[at...].starts(with: line) else { return nil }
        var end = at + line.count
        let isLast = bytes[end...].starts(with: [UInt8(ascii: "-"), UInt8(ascii: "-")])
        if isLast { end += 2 }
        while end < bytes.count, bytes[end].isSpace { end += 1 }
        guard isLineEnd(end) || (isLast && end == bytes.count) else { return nil }
        return Mark(start: start, end: end, isLast: isLast)
    }

    /// Where the empty line behind a header block begins: at the end of the line before it.
    private func blankLine(from start: Int) throws(ConversionRefusal) -> Int {
        var at = start
        while let end = lineEnd(from: at, before: start + Limits.partHeaderBytesMax) {
            if isLineEnd(end + 2) { return end }
            at = end + 2
        }
        throw ConversionRefusal(bytes.count - start > Limits.partHeaderBytesMax ? .partHeaderTooLong : .partUnterminated)
    }

    private func lineEnd(from start: Int, before limit: Int = .max) -> Int? {
        var at = start
        while at < limit, at + 1 < bytes.count {
            if isLineEnd(at) { return at }
            at += 1
        }
        return nil
    }

    private func isLineEnd(_ at: Int) -> Bool { at + 1 < bytes.count && bytes[at] == 0x0D && bytes[at + 1] == 0x0A }

    // MARK: headers

    /// The name in `Content-Disposition: form-data; name="data"`.
    private static func name(in header: ArraySlice<UInt8>) -> String? {
        for line in header.split(whereSeparator: { $0 == 0x0D || $0 == 0x0A }) {
            let key = line.prefix { $0 != UInt8(ascii: ":") }
            guard String(decoding: key, as: UTF8.self).lowercased() == "content-disposition" else { continue }
            return HeaderValue(line[key.endIndex...].dropFirst())["name"]
        }
        return nil
    }
}
