import Foundation

/// Bodies of forms, as clients write them.
enum Forms {
    static let boundary = "------------------------cf194c7a5c0587be"
    static let urlencodedType = "application/x-www-form-urlencoded"
    static let multipartType = "multipart/form-data; boundary=\(boundary)"

    static func urlencoded(_ fields: [(String, String)]) -> [UInt8] {
        Array(fields.map { "\(escaped($0))=\(escaped($1))" }.joined(separator: "&").utf8)
    }

    /// `more` are further header lines of each part.
    static func multipart(_ fields: [(String, String)], boundary: String = boundary, more: [String] = []) -> [UInt8] {
        let parts = fields.map { name, value in
            (["--\(boundary)", "Content-Disposition: form-data; name=\"\(name)\""] + more + ["", value, ""]).joined(
                separator: "\r\n")
        }
        return Array((parts.joined() + "--\(boundary)--\r\n").utf8)
    }

    /// As Python's `urlencode` does it.
    static func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                String(UnicodeScalar(byte))
            case UInt8(ascii: " "): "+"
            case _: String(format: "%%%02X", byte)
            }
        }.joined()
    }
}
