import Signing

/// The `fbtrace_id` of our own answers: `ts` and 22 hexadecimal digits, so that support can tell it from one of Meta's.
enum GraphTraceID {
    static func make() -> String { "ts" + RandomBytes.hex(11) }
}
