import CNGHTTP2

/// An answer's header fields as nghttp2 takes them.
enum HTTP2Fields {
    private static let status: StaticString = ":status"
    private static let length: StaticString = "content-length"
    /// Names and values that live as long as the process are not copied.
    private static let fixed = UInt8(NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue)

    /// Calls `body` with the fields; their bytes are in `scratch` for the time of the call.
    static func withFields<R>(of reply: Reply, scratch: inout [UInt8], _ body: (UnsafeBufferPointer<nghttp2_nv>) -> R) -> R {
        scratch.removeAll(keepingCapacity: true)
        scratch.append(contentsOf: "\(reply.status)".utf8)
        let statusEnd = scratch.count
        scratch.append(contentsOf: "\(reply.body.count)".utf8)
        let lengthEnd = scratch.count
        for (name, value) in reply.headers {
            scratch.append(contentsOf: name.utf8)
            scratch.append(contentsOf: value.utf8)
        }
        let count = reply.headers.count + 2
        return scratch.withUnsafeMutableBufferPointer { bytes in
            withUnsafeTemporaryAllocation(of: nghttp2_nv.self, capacity: count) { fields in
                var used = 0
                func add(_ name: UnsafeMutablePointer<UInt8>?, _ nameCount: Int, _ value: Range<Int>, flags: UInt8) {
                    let value = UnsafeMutableBufferPointer(rebasing: bytes[value])
                    fields.initializeElement(
                        at: used,
                        to: nghttp2_nv(
                            name: name, value: value.baseAddress, namelen: nameCount, valuelen: value.count, flags: flags))
                    used += 1
                }
                add(UnsafeMutablePointer(mutating: status.utf8Start), status.utf8CodeUnitCount, 0..<statusEnd, flags: fixed)
                if !reply.body.isEmpty {
                    add(
                        UnsafeMutablePointer(mutating: length.utf8Start), length.utf8CodeUnitCount, statusEnd..<lengthEnd,
                        flags: fixed)
                }
                var place = lengthEnd
                for (name, value) in reply.headers {
                    let nameEnd = place + name.utf8.count
                    let name = UnsafeMutableBufferPointer(rebasing: bytes[place..<nameEnd])
                    add(name.baseAddress, name.count, nameEnd..<(nameEnd + value.utf8.count), flags: 0)
                    place = nameEnd + value.utf8.count
                }
                return body(UnsafeBufferPointer(rebasing: fields[..<used]))
            }
        }
    }
}
