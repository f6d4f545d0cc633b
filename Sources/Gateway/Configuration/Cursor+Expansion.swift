import Foundation

/// Values that stand elsewhere: `${NAME}` in the environment, `${file:PATH}` in a file of their own.
extension Cursor {
    /// The length of a token or key is far below; a file beyond this is another one.
    private static let secretBytesMax = 64 * 1024

    /// The text with every `${…}` replaced by its value.
    func expanded(_ text: String, _ what: String) -> String? {
        guard text.contains("${") else { return text }
        guard let environment = log.environment else {
            fault("found ${, expected \(what); values from the environment are not taken here.")
            return nil
        }
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "${") {
            result += rest[..<start.lowerBound]
            rest = rest[start.upperBound...]
            guard let end = rest.firstIndex(of: "}"), let value = value(of: String(rest[..<end]), environment) else {
                if !rest.contains("}") { faultName() }
                return nil
            }
            result += value
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    private func value(of name: String, _ environment: [String: String]) -> String? {
        if name.hasPrefix("file:") { return content(of: String(name.dropFirst(5))) }
        guard Self.isVariable(name) else {
            faultName()
            return nil
        }
        guard let value = environment[name] ?? (log.standsIn ? StandIn.secret(of: name) : nil) else {
            fault("\(name) is not set in the environment\(NearMiss.hint(name, among: environment.keys.sorted(), end: "."))")
            return nil
        }
        guard !value.isEmpty else {
            fault("\(name) is empty in the environment.")
            return nil
        }
        return value
    }

    /// The one line of a file, without its end.
    private func content(of file: String) -> String? {
        guard !file.isEmpty else {
            fault("found ${file:} without a path, expected ${file:PATH}.")
            return nil
        }
        let path = file.hasPrefix("/") ? file : "\(log.directory)/\(file)"
        guard let data = FileManager.default.contents(atPath: path) else {
            if log.standsIn { return StandIn.secret(of: file) }
            fault("the file \(file) can't be read; paths are relative to the working directory.")
            return nil
        }
        guard data.count <= Self.secretBytesMax, let text = String(validating: data, as: UTF8.self) else {
            fault("the file \(file) is no secret: expected one line of UTF-8.")
            return nil
        }
        var lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
        while lines.last?.isEmpty == true { lines.removeLast() }
        guard let line = lines.first, lines.count == 1 else {
            fault("the file \(file) \(lines.isEmpty ? "is empty" : "has \(lines.count) lines"), expected one with the value.")
            return nil
        }
        return String(line)
    }

    private func faultName() {
        fault("found ${ without a name and }, expected ${NAME} with letters, digits and _, or ${file:PATH}.")
    }

    private static func isVariable(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
            default: false
            }
        }
    }
}
