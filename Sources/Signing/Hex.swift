/// Lower-case hexadecimal.
package enum Hex {
    private static let digits = Array("0123456789abcdef".utf8)

    package static func text(_ bytes: some Sequence<UInt8>) -> String {
        var characters: [UInt8] = []
        characters.reserveCapacity(bytes.underestimatedCount * 2)
        write(Array(bytes), to: &characters)
        return String(decoding: characters, as: UTF8.self)
    }

    /// Appends the text of `bytes`.
    static func write(_ bytes: [UInt8], to out: inout [UInt8]) {
        let digits = digits
        var place = out.count
        out.append(contentsOf: repeatElement(0, count: bytes.count * 2))
        for byte in bytes {
            out[place] = digits[Int(byte >> 4)]
            out[place + 1] = digits[Int(byte & 15)]
            place += 2
        }
    }

    /// The bytes of `text`; nil when its length is odd or it holds anything but `0-9a-f` (and `A-F` where `upperCase`).
    package static func bytes(_ text: some Sequence<UInt8>, upperCase: Bool = false) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.underestimatedCount / 2)
        var high: UInt8?
        for character in text {
            guard let digit = digit(character, upperCase: upperCase) else { return nil }
            guard let first = high else {
                high = digit
                continue
            }
            bytes.append(first << 4 | digit)
            high = nil
        }
        return high == nil ? bytes : nil
    }

    private static func digit(_ character: UInt8, upperCase: Bool) -> UInt8? {
        switch character {
        case 0x30...0x39: character - 0x30
        case 0x61...0x66: character - 0x61 + 10
        case 0x41...0x46 where upperCase: character - 0x41 + 10
        default: nil
        }
    }
}
