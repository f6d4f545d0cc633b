import Core
import Foundation
import Yams

/// The small values of a configuration, each read strictly.
extension Cursor {
    /// Lower-case letters, digits, `-` and `_`, beginning with a letter or digit: names go into paths, metrics and rows.
    func name() -> String? {
        let expected = "a name of lower-case letters, digits, - and _, at most 64"
        guard let text = text(expected) else { return nil }
        let isName = text.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
        }
        guard isName, let first = text.first, first != "-", first != "_", text.utf8.count <= 64 else {
            refuse(expected: expected)
            return nil
        }
        return text
    }

    /// One of the words of an enumeration.
    func word<T: RawRepresentable & CaseIterable>(_ type: T.Type) -> T? where T.RawValue == String {
        let words = T.allCases.map(\.rawValue)
        guard let text = text(NearMiss.list(words)) else { return nil }
        guard let value = T(rawValue: text) else {
            fault("found \(found), expected \(NearMiss.list(words))\(NearMiss.hint(text, among: words, end: "."))")
            return nil
        }
        return value
    }

    /// `true` or `false`.
    func truth() -> Bool? {
        guard let text = text("true or false") else { return nil }
        switch text {
        case "true": return true
        case "false": return false
        default:
            refuse(expected: "true or false")
            return nil
        }
    }

    func integer(_ range: ClosedRange<Int>, _ what: String = "a whole number") -> Int? {
        let expected = "\(what) from \(range.lowerBound) to \(range.upperBound)"
        guard let text = text(expected) else { return nil }
        guard let value = Self.digits(text).flatMap(Int.init), range.contains(value) else {
            refuse(expected: expected)
            return nil
        }
        return value
    }

    /// `250ms`, `10s`, `15m`, `24h`, `7d`.
    func durationMs(_ range: ClosedRange<Int64>, orAtOnce: Bool = false) -> Int64? {
        let bounds = "from \(Self.duration(range.lowerBound)) to \(Self.duration(range.upperBound))"
        let expected = (orAtOnce ? "at_once or " : "") + "a duration such as 10s, 15m or 24h, \(bounds)"
        guard let text = text(expected) else { return nil }
        if orAtOnce, text == "at_once" { return 0 }
        guard let value = Self.milliseconds(text), range.contains(value) else {
            refuse(expected: expected)
            return nil
        }
        return value
    }

    /// `50%` as 50.
    func percent(_ range: ClosedRange<Int64>) -> Scaled? {
        let expected = "a percentage such as 50%, from \(range.lowerBound)% to \(range.upperBound)%"
        guard let text = text(expected) else { return nil }
        guard text.hasSuffix("%"), let value = Self.decimal(text.dropLast()), value.units >= range.lowerBound * Scaled.scale,
            value.units <= range.upperBound * Scaled.scale
        else {
            refuse(expected: expected)
            return nil
        }
        return value
    }

    /// Money in major units of the account's currency, 0 or more.
    func money() -> Scaled? {
        let expected = "an amount in the account's currency such as 200.00, without sign and unit"
        guard let text = text(expected) else { return nil }
        guard let value = Self.decimal(text) else {
            refuse(expected: expected)
            return nil
        }
        return value
    }

    /// Above 0, at most 1.
    func share() -> Scaled? {
        let expected = "a share above 0 and at most 1, such as 0.35"
        guard let text = text(expected) else { return nil }
        guard let value = Self.decimal(text), value > .zero, value <= .one else {
            refuse(expected: expected)
            return nil
        }
        return value
    }

    /// An id of Meta: digits.
    func id(_ what: String) -> String? {
        guard let text = text("\(what), digits only") else { return nil }
        guard Self.digits(text) != nil, text.utf8.count <= 24, text.first != "0" else {
            refuse(expected: "\(what), digits only")
            return nil
        }
        return text
    }

    /// `act_123` or `123`; without `act_`.
    func account() -> String? {
        let expected = "the id of an ad account such as act_123"
        guard let text = text(expected) else { return nil }
        let id = text.hasPrefix("act_") ? String(text.dropFirst(4)) : text
        guard Self.digits(id) != nil, id.utf8.count <= 24, id.first != "0" else {
            refuse(expected: expected)
            return nil
        }
        return id
    }

    /// `0.0.0.0:8443`.
    func address() -> SocketAddress? {
        let expected = "a host and port such as 127.0.0.1:8443 or [::1]:8443"
        guard let text = text(expected) else { return nil }
        guard let address = SocketAddress(text: text) else {
            refuse(expected: expected)
            return nil
        }
        return address
    }

    /// An `https` URL, or `http` where the host is a loopback address. A URL that may hold a secret is not shown.
    func url(_ what: String, isSecret: Bool = false) -> (text: String, address: WebAddress)? {
        guard let text = text(what) else { return nil }
        if log.standsIn, let rawText, rawText.contains("${"), let address = WebAddress(text: StandIn.url) {
            return (StandIn.url, address)
        }
        guard let address = WebAddress(text: text) else {
            refuse(
                isSecret ? "something else" : nil,
                expected: "\(what): https://, a host and a path, without user, query or fragment")
            return nil
        }
        guard address.isTLS || address.isLoopback else {
            fault(
                "found plain http to \(text == rawText ? address.host : "another machine"), expected https; plain http is taken on loopback only."
            )
            return nil
        }
        return (text, address)
    }

    /// A file that is there and can be read.
    func file(_ what: String, in directory: String) -> String? {
        guard let text = text("the path of \(what)"), !text.isEmpty else { return nil }
        let path = text.hasPrefix("/") ? text : directory + "/" + text
        if log.standsIn { return path }
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            fault("no file \(found), expected \(what); paths are relative to the working directory.")
            return nil
        }
        guard !isDirectory.boolValue, FileManager.default.isReadableFile(atPath: path) else {
            fault("\(found) can't be read, expected \(what).")
            return nil
        }
        return path
    }

    /// The text as it stands in the file.
    var rawText: String? {
        guard case .scalar(let scalar) = node else { return nil }
        return scalar.string
    }

    // MARK: Texts

    /// `text` when it is ASCII digits only, at least one.
    private static func digits<T: StringProtocol>(_ text: T) -> T? {
        !text.isEmpty && text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } ? text : nil
    }

    private static let units: [(suffix: String, ms: Int64)] = [
        ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    private static func milliseconds(_ text: String) -> Int64? {
        for unit in units where text.hasSuffix(unit.suffix) {
            guard let count = digits(text.dropLast(unit.suffix.count)), let value = Int64(count) else { continue }
            let (ms, overflow) = value.multipliedReportingOverflow(by: unit.ms)
            return overflow ? nil : ms
        }
        return nil
    }

    private static func duration(_ ms: Int64) -> String {
        guard ms > 0, let unit = units.last(where: { ms % $0.ms == 0 }) else { return "0s" }
        return "\(ms / unit.ms)\(unit.suffix)"
    }

    /// Digits with at most one point and at most six decimals; no sign, no exponent.
    private static func decimal(_ text: some StringProtocol) -> Scaled? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ digits($0) != nil }), parts.count == 1 || parts[1].utf8.count <= 6 else {
            return nil
        }
        return Scaled(text: text)
    }
}
