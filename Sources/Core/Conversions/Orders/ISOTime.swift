/// A moment as shops and CRMs write it: `2026-01-10T11:00:00-05:00`.
package enum ISOTime {
    /// Seconds since 1970; a fraction is cut off. Without a zone it is UTC. Nil for anything else than a date and a time of day.
    package static func seconds(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 19, bytes[10] | 0x20 == UInt8(ascii: "t") || bytes[10] == UInt8(ascii: " ") else { return nil }
        guard let day = AccountDay(text: String(decoding: bytes[..<10], as: UTF8.self)), let time = timeOfDay(bytes[11..<19])
        else {
            return nil
        }
        var rest = bytes[19...]
        if rest.first == UInt8(ascii: ".") { rest = rest.dropFirst().drop { $0.isDigit } }
        guard let offset = offset(rest) else { return nil }
        return Int64(day.number) * 86_400 + time - offset
    }

    private static func timeOfDay(_ bytes: ArraySlice<UInt8>) -> Int64? {
        let parts = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).map(number)
        guard parts.count == 3, let hour = parts[0], let minute = parts[1], let second = parts[2] else { return nil }
        // A leap second counts as the one before it.
        guard hour < 24, minute < 60, second <= 60 else { return nil }
        return hour * 3_600 + minute * 60 + min(second, 59)
    }

    /// Seconds east of Greenwich: `Z`, `+01:00`, `+0100`, or nothing.
    private static func offset(_ bytes: ArraySlice<UInt8>) -> Int64? {
        guard let sign = bytes.first else { return 0 }
        if sign | 0x20 == UInt8(ascii: "z") { return bytes.count == 1 ? 0 : nil }
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
        let digits = bytes.dropFirst().filter { $0 != UInt8(ascii: ":") }
        guard digits.count == 4, let hours = number(digits[..<2]), let minutes = number(digits[2...]), hours < 24, minutes < 60
        else {
            return nil
        }
        return (sign == UInt8(ascii: "-") ? -1 : 1) * (hours * 3_600 + minutes * 60)
    }

    /// Two digits.
    private static func number(_ bytes: ArraySlice<UInt8>) -> Int64? {
        bytes.count == 2 && bytes.allSatisfy(\.isDigit) ? Int64(String(decoding: bytes, as: UTF8.self)) : nil
    }
}
