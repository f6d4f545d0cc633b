/// What a `Content-Type` header says, as far as it is asked for.
enum MediaType {
    /// `application/json`, in UTF-8.
    static func isJSON(_ values: [String]) -> Bool { isOne(values, "application/json") }

    /// `application/x-www-form-urlencoded`, in UTF-8.
    static func isForm(_ values: [String]) -> Bool { isOne(values, "application/x-www-form-urlencoded") }

    private static func isOne(_ values: [String], _ type: String) -> Bool {
        guard values.count == 1 else { return false }
        let parts = values[0].lowercased().split(separator: ";").map { $0.trimmed() }
        guard parts.first.map({ $0 == type }) == true else { return false }
        return parts.dropFirst().allSatisfy { parameter in
            !parameter.hasPrefix("charset=") || parameter == "charset=utf-8" || parameter == "charset=\"utf-8\""
        }
    }
}

extension Substring {
    /// Without spaces and tabs at its ends.
    fileprivate func trimmed() -> Substring {
        let rest = drop { $0 == " " || $0 == "\t" }
        guard let end = rest.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
        return rest[...end]
    }
}
