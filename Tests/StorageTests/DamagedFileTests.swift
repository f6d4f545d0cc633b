import Core
import Foundation
import Signing
import Storage
import TestSupport
import Testing

@Suite("A damaged file", .enabled(if: TemporaryStore.engine == .sqlite))
struct DamagedFileTests {
    enum Damage: CaseIterable {
        /// The end of the file is gone, as after a copy that was broken off.
        case cutPage, cutHalfPage
        /// A page holds something else, or nothing.
        case garbage, zeros, flippedByte
    }

    private static let count = 12
    private static let page = 4_096
    /// What stands before a page in the log.
    private static let frameHead = 24

    @Test(
        "reliability 23: a page of the database is damaged: a plain error, or all but one are read as stored, and what is taken is there",
        arguments: Damage.allCases)
    func database(damage: Damage) async throws {
        let whole = try TemporaryStore()
        let bodies = try await fill(whole)
        for fromEnd in 1...6 {
            let temporary = try Self.copy(whole, [""])
            try Self.strike(temporary.path, damage, pageFromEnd: fromEnd, pageSize: Self.page)
            guard let found = try await look(temporary, bodies) else {
                #expect(damage == .cutPage || damage == .cutHalfPage || damage == .zeros)
                continue
            }
            #expect(found.whole >= Self.count - 1, "\(damage) \(fromEnd) \(found)")
            #expect(found.decodable == found.whole + found.unsealable, "\(damage) \(fromEnd) \(found)")
        }
    }

    @Test(
        "reliability 23: the end of the log is damaged: what stands before it is there, and nothing is read that was not stored",
        arguments: Damage.allCases)
    func log(damage: Damage) async throws {
        let living = try TemporaryStore()
        let store = try living.open()
        let bodies = try await append(to: store)
        for fromEnd in 1...3 {
            let temporary = try Self.copy(living, ["", "-wal"])
            try Self.strike(
                temporary.path + "-wal", damage, pageFromEnd: fromEnd, pageSize: Self.page + Self.frameHead)
            let found = try #require(try await look(temporary, bodies))
            #expect(found.whole == Self.count - 1 && found.gone == 1, "\(damage) \(fromEnd) \(found)")
            #expect(found.decodable == found.whole)
        }
        await store.close()
    }

    private struct Found {
        var whole = 0
        /// There, and its bytes don't open: told with a reason, and done.
        var unsealable = 0
        var unread = 0
        var gone = 0
        var decodable = 0
    }

    /// Nil: the store is refused with a plain error.
    private func look(_ temporary: TemporaryStore, _ bodies: [Int64: [UInt8]]) async throws -> Found? {
        var found = Found()
        let store: Store
        do {
            store = try temporary.open(bootID: "boot-2")
        } catch StoreError.corrupt {
            return nil
        }
        for (seq, body) in bodies {
            do {
                guard let delivery = try await store.read({ try $0.delivery(seq) }) else {
                    found.gone += 1
                    continue
                }
                if let request = delivery.request { #expect(request.body == body) }
                found.whole += delivery.request == nil ? 0 : 1
                found.unsealable += delivery.request == nil ? 1 : 0
            } catch StoreError.corrupt, StoreError.column {
                found.unread += 1
            }
        }
        found.decodable = try await decodable(store)
        let taken = try await tryAppend(to: store)
        await store.close()
        guard let taken else { return found }
        let again = try temporary.open(bootID: "boot-3")
        #expect(try await again.read { try $0.delivery(taken)?.request?.body } == Array("{}".utf8))
        await again.close()
        return found
    }

    /// As many as a decoder gets to see when it passes over what is damaged.
    private func decodable(_ store: Store) async throws -> Int {
        var known: Set<Int64> = []
        while true {
            let (deliveries, damaged) = try await store.read { [known] in try $0.undecoded(past: known, limit: 100) }
            guard let damaged else { return deliveries.count }
            known.insert(damaged)
        }
    }

    private func tryAppend(to store: Store) async throws -> Int64? {
        do {
            return try await store.append(try TemporaryStore.envelope("{}"), receivedAtMs: now)
        } catch StoreError.corrupt {
            return nil  // said so, and the sender keeps it
        }
    }

    private static func copy(_ from: TemporaryStore, _ suffixes: [String]) throws -> TemporaryStore {
        let copy = try TemporaryStore()
        for suffix in suffixes { try FileManager.default.copyItem(atPath: from.path + suffix, toPath: copy.path + suffix) }
        return copy
    }

    private static func strike(_ path: String, _ damage: Damage, pageFromEnd: Int, pageSize: Int) throws {
        var file = try [UInt8](Data(contentsOf: URL(filePath: path)))
        let start = file.count - pageFromEnd * pageSize
        switch damage {
        case .cutPage: file.removeSubrange(start...)
        case .cutHalfPage: file.removeSubrange((start + pageSize / 2)...)
        case .garbage: for place in start..<start + pageSize { file[place] = UInt8(truncatingIfNeeded: place &* 167 &+ 13) }
        case .zeros: for place in start..<start + pageSize { file[place] = 0 }
        case .flippedByte: file[start + pageSize / 2] ^= 0x40
        }
        try Data(file).write(to: URL(filePath: path))
    }

    /// What was stored, by place.
    private func fill(_ temporary: TemporaryStore) async throws -> [Int64: [UInt8]] {
        let store = try temporary.open()
        let bodies = try await append(to: store)
        await store.close()
        return bodies
    }

    private func append(to store: Store) async throws -> [Int64: [UInt8]] {
        var bodies: [Int64: [UInt8]] = [:]
        for number in 0..<Self.count {
            let body = #"{"n":\#(number),"pad":"\#(String(repeating: "x", count: 13_000))"}"#
            bodies[try await store.append(try TemporaryStore.envelope(body), receivedAtMs: now)] = Array(body.utf8)
        }
        return bodies
    }
}
