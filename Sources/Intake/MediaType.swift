package import Core

/// What a `Content-Type` header says, as far as it is asked for.
package enum MediaType {
    /// `application/x-www-form-urlencoded`, in UTF-8.
    static func isForm(_ values: [String]) -> Bool { one(values)?.word == "application/x-www-form-urlencoded" }

    /// How a body of conversions is to be read; nil: in no way that we know. Without a type it is a form, as `curl -d` means it.
    package static func encoding(_ values: [String]) -> ConversionRequest.Encoding? {
        guard values.contains(where: { !$0.isEmpty }) else { return .form }
        guard let type = one(values) else { return nil }
        return switch type.word {
        case "application/json": .json
        case "application/x-www-form-urlencoded": .form
        case "multipart/form-data": .multipart(boundary: type["boundary"] ?? "")
        case _: nil
        }
    }

    /// Nil where there are several, and for another charset than UTF-8.
    private static func one(_ values: [String]) -> HeaderValue? {
        guard values.count == 1 else { return nil }
        let value = HeaderValue(values[0].utf8)
        return (value["charset"] ?? "utf-8").lowercased() == "utf-8" ? value : nil
    }
}
