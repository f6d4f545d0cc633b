import Signing
import Testing

@Suite("Sealing")
struct SealerTests {
    let master: MasterKey
    let sealer: Sealer

    init() throws {
        master = try MasterKey(hex: String(repeating: "0a", count: 32))
        sealer = try Sealer(DataKey.make(under: master))
    }

    private func open(_ sealed: [UInt8], aad: [UInt8]) throws(SealError) -> [UInt8] {
        try Sealer.open(sealed, aad: aad) { $0 == sealer.key.id ? sealer.key : nil }
    }

    @Test("what was sealed comes back, whatever its size", arguments: [0, 1, 15, 16, 17, 300, 100_000])
    func roundTrip(_ size: Int) throws {
        let plain = RandomBytes.make(size)
        let sealed = try sealer.seal(plain, aad: [1, 2, 3])
        #expect(try open(sealed, aad: [1, 2, 3]) == plain)
        #expect(Sealer.keyID(of: sealed) == sealer.key.id)
    }

    @Test("another place refuses it", arguments: [[], [1, 2], [1, 2, 4], [1, 2, 3, 0]] as [[UInt8]])
    func wrongPlace(_ aad: [UInt8]) throws {
        let sealed = try sealer.seal([7, 8, 9], aad: [1, 2, 3])
        #expect(throws: SealError.refused) { try open(sealed, aad: aad) }
    }

    @Test("every single flipped bit and every cut is refused")
    func flipped() throws {
        let sealed = try sealer.seal(Array("a name, a number".utf8), aad: [1])
        for bit in 0..<(sealed.count * 8) {
            var changed = sealed
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: SealError.self, "bit \(bit)") { try open(changed, aad: [1]) }
        }
        for count in 0..<sealed.count {
            #expect(throws: SealError.self) { try open(Array(sealed.prefix(count)), aad: [1]) }
        }
    }

    @Test("no nonce comes twice, from many threads either")
    func nonces() async throws {
        let sealer = sealer
        let heads = try await withThrowingTaskGroup { group in
            for _ in 0..<4 { group.addTask { try (0..<500).map { _ in try sealer.seal([0], aad: []).prefix(17) } } }
            return try await group.reduce(into: Set()) { $0.formUnion($1) }
        }
        #expect(heads.count == 2000)
    }

    @Test("a data key has one sealer in its life, and none after it was read back")
    func oneSealer() throws {
        let key = try DataKey.make(under: master)
        _ = try Sealer(key)
        #expect(throws: SealError.keyNotFresh) { try Sealer(key) }
        let reopened = try DataKey.open(id: key.id, wrapped: key.wrapped, under: [master])
        #expect(throws: SealError.keyNotFresh) { try Sealer(reopened) }
    }

    @Test("a rotated master key still opens what was sealed before, and a re-wrapped key needs the old one no more")
    func rotation() throws {
        let next = try MasterKey(hex: String(repeating: "B7", count: 32))
        let sealed = try sealer.seal([1, 2, 3], aad: [])
        let id = sealer.key.id
        #expect(throws: SealError.noMasterKey(dataKey: id)) {
            try DataKey.open(id: id, wrapped: sealer.key.wrapped, under: [next])
        }
        let previous = try DataKey.open(id: id, wrapped: sealer.key.wrapped, under: [next, master])
        #expect(try Sealer.open(sealed, aad: []) { _ in previous } == [1, 2, 3])
        let rewrapped = try DataKey.open(id: id, wrapped: previous.rewrapped(under: next), under: [next])
        #expect(try Sealer.open(sealed, aad: []) { _ in rewrapped } == [1, 2, 3])
        #expect(throws: SealError.noMasterKey(dataKey: "other")) {
            try DataKey.open(id: "other", wrapped: sealer.key.wrapped, under: [master])
        }
    }

    @Test("an unknown data key is named")
    func unknownKey() throws {
        let sealed = try sealer.seal([1], aad: [])
        #expect(throws: SealError.unknownDataKey(sealer.key.id)) { try Sealer.open(sealed, aad: []) { _ in nil } }
    }

    @Test(
        "a master key of another form is refused",
        arguments: [
            "", "0a", String(repeating: "0", count: 63), String(repeating: "x", count: 64), String(repeating: "0", count: 65),
        ])
    func malformedKey(_ hex: String) {
        #expect(throws: SealError.malformedKey) { _ = try MasterKey(hex: hex) }
    }
}
