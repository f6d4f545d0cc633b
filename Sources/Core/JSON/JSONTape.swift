/// A JSON document as its bytes and an index of what stands where in them.
///
/// One pass over the bytes and two blocks of memory, however many values there are: for documents of which most goes on as it came. A
/// `JSON` is made only of what somebody asks for.
package struct JSONTape: Sendable {
    enum Kind: UInt8 { case null, yes, no, number, string, key, array, object }

    /// A value, or the key of a member, right before its value.
    struct Node {
        let kind: Kind
        /// A text without an escape and with ASCII alone: its bytes are its characters.
        fileprivate(set) var isPlain = true
        fileprivate(set) var hasEscape = false
        /// In the bytes of the document; of texts without their quotes.
        fileprivate(set) var range: Range<UInt32>
        /// The place after this node and all that is in it.
        fileprivate(set) var next: Int32 = 0
    }

    let bytes: [UInt8]
    let nodes: [Node]

    /// The whole document.
    static let root = 0

    /// Reads a document as `JSON.parse` does; nil where that would throw, and for more than 2 GiB.
    init?(_ bytes: [UInt8]) {
        guard bytes.count <= Int(Int32.max) else { return nil }
        var reader = Reader(count: bytes.count)
        guard reader.document(bytes.span) else { return nil }
        self.bytes = bytes
        nodes = reader.nodes
    }

    func kind(_ place: Int) -> Kind { nodes[place].kind }

    func range(_ place: Int) -> Range<Int> { Int(nodes[place].range.lowerBound)..<Int(nodes[place].range.upperBound) }

    /// What stands between the quotes of a text, the token of a number.
    func slice(_ place: Int) -> ArraySlice<UInt8> { bytes[range(place)] }

    /// Whether two texts have the same bytes.
    func isSame(_ a: Int, _ b: Int) -> Bool {
        let (first, second) = (range(a), range(b))
        guard first.count == second.count else { return false }
        for offset in 0..<first.count where bytes[first.lowerBound + offset] != bytes[second.lowerBound + offset] { return false }
        return true
    }

    /// Whether a text has the bytes of `text`.
    func isText(_ place: Int, _ text: StaticString) -> Bool {
        let range = range(place)
        guard range.count == text.utf8CodeUnitCount else { return false }
        for offset in 0..<range.count where bytes[range.lowerBound + offset] != text.utf8Start[offset] { return false }
        return true
    }

    /// The place after a value and all that is in it.
    func next(_ place: Int) -> Int { Int(nodes[place].next) }

    /// The places of an array's elements, of the values of an object's members; empty for anything else.
    func children(_ place: Int) -> Children { Children(of: place, in: nodes) }

    struct Children: Sequence, IteratorProtocol {
        private let nodes: [Node]
        private var at: Int
        private let end: Int
        private let step: Int

        init(of container: Int, in nodes: [Node]) {
            self.nodes = nodes
            switch nodes[container].kind {
            case .object: (at, end, step) = (container + 2, Int(nodes[container].next), 1)
            case .array: (at, end, step) = (container + 1, Int(nodes[container].next), 0)
            case .null, .yes, .no, .number, .string, .key: (at, end, step) = (container, container, 0)
            }
        }

        mutating func next() -> Int? {
            guard at < end else { return nil }
            let place = at
            at = Int(nodes[place].next) + step
            return place
        }
    }

    // MARK: reading

    private struct Reader {
        private(set) var nodes: [Node] = []
        private var at = 0
        private var open: [Int] = []

        init(count: Int) { nodes.reserveCapacity(count / 12 + 8) }

        mutating func document(_ bytes: Span<UInt8>) -> Bool {
            if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { at = 3 }
            while true {
                skipSpace(bytes)
                guard at < bytes.count, let isWhole = value(bytes) else { return false }
                guard isWhole else { continue }
                switch settle(bytes) {
                case .nextValue: continue
                case .done: return at == bytes.count
                case .failed: return false
                }
            }
        }

        /// Whether a whole value was read: false where a container was opened, whose first value comes next; nil where there is no value.
        private mutating func value(_ bytes: Span<UInt8>) -> Bool? {
            switch bytes[at] {
            case UInt8(ascii: "{"): return opened(.object, closing: UInt8(ascii: "}"), bytes)
            case UInt8(ascii: "["): return opened(.array, closing: UInt8(ascii: "]"), bytes)
            case UInt8(ascii: "\""): return text(.string, bytes) ? true : nil
            case UInt8(ascii: "t"): return word("true", .yes, bytes) ? true : nil
            case UInt8(ascii: "f"): return word("false", .no, bytes) ? true : nil
            case UInt8(ascii: "n"): return word("null", .null, bytes) ? true : nil
            case _: return number(bytes) ? true : nil
            }
        }

        private mutating func opened(_ kind: Kind, closing: UInt8, _ bytes: Span<UInt8>) -> Bool? {
            guard open.count < Limits.jsonDepthMax else { return nil }
            let start = at
            at += 1
            skipSpace(bytes)
            guard at < bytes.count else { return nil }
            if bytes[at] == closing {
                at += 1
                add(kind, start..<at)
                return true
            }
            open.append(nodes.count)
            add(kind, start..<at)
            guard kind == .array || key(bytes) else { return nil }
            return false
        }

        private enum Settled { case nextValue, done, failed }

        /// After a whole value: what it ends, and what has to come.
        private mutating func settle(_ bytes: Span<UInt8>) -> Settled {
            while let container = open.last {
                skipSpace(bytes)
                guard at < bytes.count else { return .failed }
                let isObject = nodes[container].kind == .object
                switch bytes[at] {
                case UInt8(ascii: ","):
                    at += 1
                    guard isObject else { return .nextValue }
                    skipSpace(bytes)
                    return key(bytes) ? .nextValue : .failed
                case UInt8(ascii: "}") where isObject, UInt8(ascii: "]") where !isObject:
                    at += 1
                    nodes[container].range = nodes[container].range.lowerBound..<UInt32(at)
                    nodes[container].next = Int32(nodes.count)
                    open.removeLast()
                case _: return .failed
                }
            }
            skipSpace(bytes)
            return .done
        }

        private mutating func add(_ kind: Kind, _ range: Range<Int>) {
            nodes.append(
                Node(kind: kind, range: UInt32(range.lowerBound)..<UInt32(range.upperBound), next: Int32(nodes.count + 1)))
        }

        private mutating func skipSpace(_ bytes: Span<UInt8>) {
            while at < bytes.count, bytes[at] == 0x20 || bytes[at] == 0x0A || bytes[at] == 0x0D || bytes[at] == 0x09 { at += 1 }
        }

        private mutating func word(_ word: StaticString, _ kind: Kind, _ bytes: Span<UInt8>) -> Bool {
            let count = word.utf8CodeUnitCount
            guard at + count <= bytes.count else { return false }
            for offset in 0..<count where bytes[at + offset] != word.utf8Start[offset] { return false }
            add(kind, at..<(at + count))
            at += count
            return true
        }

        // MARK: numbers

        private mutating func number(_ bytes: Span<UInt8>) -> Bool {
            let start = at
            if bytes[at] == UInt8(ascii: "-") { at += 1 }
            if at < bytes.count, bytes[at] == UInt8(ascii: "0") { at += 1 } else if !digits(bytes) { return false }
            if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
                at += 1
                guard digits(bytes) else { return false }
            }
            if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
                at += 1
                if at < bytes.count, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") { at += 1 }
                guard digits(bytes) else { return false }
            }
            add(.number, start..<at)
            return true
        }

        /// One digit or more.
        private mutating func digits(_ bytes: Span<UInt8>) -> Bool {
            let start = at
            while at < bytes.count, bytes[at] &- 0x30 < 10 { at += 1 }
            return at > start
        }

        // MARK: texts

        private mutating func key(_ bytes: Span<UInt8>) -> Bool {
            guard at < bytes.count, bytes[at] == UInt8(ascii: "\""), text(.key, bytes) else { return false }
            skipSpace(bytes)
            guard at < bytes.count, bytes[at] == UInt8(ascii: ":") else { return false }
            at += 1
            return true
        }

        private mutating func text(_ kind: Kind, _ bytes: Span<UInt8>) -> Bool {
            var here = at + 1
            let start = here
            var isASCII = true
            var hasEscape = false
            while here < bytes.count {
                let byte = bytes[here]
                switch byte {
                case UInt8(ascii: "\""):
                    add(kind, start..<here)
                    nodes[nodes.count - 1].isPlain = isASCII && !hasEscape
                    nodes[nodes.count - 1].hasEscape = hasEscape
                    at = here + 1
                    return true
                case UInt8(ascii: "\\"):
                    hasEscape = true
                    guard let end = Self.escape(bytes, at: here + 1) else { return false }
                    here = end
                case 0..<0x20: return false
                case _:
                    if byte >= 0x80 { isASCII = false }
                    here += 1
                }
            }
            return false
        }

        /// The place behind an escape whose letter stands at `place`; nil where it is none.
        private static func escape(_ bytes: Span<UInt8>, at place: Int) -> Int? {
            guard place < bytes.count else { return nil }
            switch bytes[place] {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
                UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
                return place + 1
            case UInt8(ascii: "u"):
                guard place + 4 < bytes.count else { return nil }
                for digit in 1...4 where !bytes[place + digit].isHexDigit { return nil }
                return place + 5
            case _: return nil
            }
        }
    }
}
