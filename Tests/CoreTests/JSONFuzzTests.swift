import Core
import TestSupport
import Testing

@Suite("JSON reader, on damaged bytes")
struct JSONFuzzTests {
    @Test("20 000 mutations of real deliveries neither crash the reader nor the decoder, and what is read can be written")
    func mutations() throws {
        var random = FuzzNumbers(state: 0x70C4)
        let seeds = try (Fixture.all(in: "deliveries") + Fixture.all(in: "shapes")).map { try Fixture($0).body }
        var read = 0
        for round in 0..<20_000 {
            let body = mutated(seeds[round % seeds.count], &random)
            let events = WebhookDecoder.decode(body, receivedAtMs: 1, digest: { "\($0.count)" }, conceal: { $0 })
            guard let document = try? JSON.parse(body) else {
                #expect(events.map(\.kind) == [WebhookDecoder.undecodable])
                continue
            }
            read += 1
            #expect(try JSON.parse(document.bytes(sortedKeys: true)) == document)
        }
        #expect(read > 1000)
    }

    private func mutated(_ seed: [UInt8], _ random: inout FuzzNumbers) -> [UInt8] {
        var bytes = seed
        for _ in 0...Int.random(in: 0..<4, using: &random) where !bytes.isEmpty {
            let at = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: bytes[at] = UInt8.random(in: 0...255, using: &random)
            case 2: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 1...16, using: &random)))
            case 3: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 24)], at: at)
            case 4: bytes.removeSubrange(at...)
            default: bytes.insert(contentsOf: Self.tokens.randomElement(using: &random) ?? [], at: at)
            }
        }
        return bytes
    }

    private static let tokens = [
        "\\ud83d", "\\u0000", "\0", "null", "[]", "{}", "[", "{\"a\":", "1e400", "-", "\"\"", ",", "0", "\"0\"", "\u{FEFF}",
        "true",
    ].map { Array($0.utf8) }
}
