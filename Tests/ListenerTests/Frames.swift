/// HTTP/2 frames by hand, as a peer that means no good sends them.
enum Frames {
    static let headersType: UInt8 = 1
    static let enhanceYourCalm: UInt32 = 11
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(4, flags: 0, stream: 0, [])
    /// `:authority` a, which every request needs.
    static let authority: [UInt8] = [0x01, 0x01, 0x61]
    /// GET, https, "/", a.
    static let get: [UInt8] = [0x82, 0x87, 0x84] + authority
    /// POST, https, "/", a.
    static let post: [UInt8] = [0x83, 0x87, 0x84] + authority

    struct Frame: Equatable {
        let type: UInt8
        let flags: UInt8
        let stream: UInt32
        let payload: [UInt8]
    }

    static func frame(_ type: UInt8, flags: UInt8, stream: UInt32, _ payload: [UInt8]) -> [UInt8] {
        let count = payload.count
        return [UInt8(count >> 16 & 255), UInt8(count >> 8 & 255), UInt8(count & 255), type, flags] + word(stream) + payload
    }

    static func headers(_ stream: UInt32, block: [UInt8], ends: Bool = false) -> [UInt8] {
        frame(headersType, flags: ends ? 5 : 4, stream: stream, block)
    }

    static func reset(_ stream: UInt32) -> [UInt8] { frame(3, flags: 0, stream: stream, word(8)) }

    static func window(_ stream: UInt32, _ add: UInt32) -> [UInt8] { frame(8, flags: 0, stream: stream, word(add)) }

    static func word(_ value: UInt32) -> [UInt8] {
        [UInt8(value >> 24), UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255)]
    }

    static func parse(_ bytes: [UInt8]) -> [Frame] {
        var frames: [Frame] = []
        var rest = bytes[...]
        while rest.count >= 9 {
            let head = Array(rest.prefix(9))
            let count = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
            let stream = head[5...8].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            rest = rest.dropFirst(9)
            frames.append(Frame(type: head[3], flags: head[4], stream: stream, payload: Array(rest.prefix(count))))
            rest = rest.dropFirst(count)
        }
        return frames
    }

    /// The code of the last GOAWAY.
    static func goaway(_ bytes: [UInt8]) -> UInt32? {
        parse(bytes).last { $0.type == 7 && $0.payload.count >= 8 }.map {
            $0.payload[4..<8].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
    }
}
