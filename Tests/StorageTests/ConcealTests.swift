import Signing
import Storage
import TestSupport
import Testing

@Suite("Keyed digests")
struct ConcealTests {
    @Test("the same text has the same digest after a restart and under a new master key, in another database another")
    func survives() async throws {
        let temporary = try TemporaryStore(), elsewhere = try TemporaryStore()
        let other = String(repeating: "2e", count: 32)
        var store = try temporary.open()
        let digest = try store.conceal("user:1")
        #expect(digest.count == 40)
        #expect(try store.conceal("user:2") != digest)
        #expect(try await store.read { try $0.conceal("user:1") } == digest)
        await store.close()

        store = try temporary.open(bootID: "boot-2")
        #expect(try store.conceal("user:1") == digest)
        await store.close()

        var options = try temporary.options(bootID: "boot-3")
        options.masterKeys = [try MasterKey(hex: other), try MasterKey(hex: TemporaryStore.masterKey)]
        store = try Store.open(options)
        #expect(try store.conceal("user:1") == digest)
        options.readOnly = true
        let reader = try Store.open(options)
        #expect(try reader.conceal("user:1") == digest)
        await reader.close()
        await store.close()

        let foreign = try elsewhere.open()
        #expect(try foreign.conceal("user:1") != digest)
        await foreign.close()
    }

    @Test("a rewrapped index key stays the same key, and a foreign master key opens nothing")
    func rewrapped() throws {
        let first = try MasterKey(hex: TemporaryStore.masterKey), second = try MasterKey(hex: String(repeating: "2e", count: 32))
        let key = try IndexKey.make(under: first)
        let again = try DataKey.open(id: IndexKey.id, wrapped: key.wrapped, under: [first]).rewrapped(under: second)
        #expect(try IndexKey.open(wrapped: again, under: [second]).digest(of: "a") == key.digest(of: "a"))
        #expect(throws: SealError.noMasterKey(dataKey: IndexKey.id)) { try IndexKey.open(wrapped: key.wrapped, under: [second]) }
        #expect(throws: SealError.malformed) { try IndexKey.open(wrapped: [1, 2], under: [first]) }
    }
}
