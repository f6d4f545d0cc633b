import COpenSSL
import Synchronization

/// A secret with its key schedule done once, and contexts to use it from any number of requests at a time.
final class HMACKey: Sendable {
    enum Hash {
        case sha256, sha1

        var name: String {
            switch self {
            case .sha256: "SHA256"
            case .sha1: "SHA1"
            }
        }

        var count: Int {
            switch self {
            case .sha256: 32
            case .sha1: 20
            }
        }
    }

    /// One computation under way. Used by one request at a time: taken out of the key's list, given back to it.
    struct Context: @unchecked Sendable {  // a C handle that has one owner at a time, handed over under the lock of `free`
        fileprivate let handle: OpaquePointer

        func update(_ bytes: UnsafeRawBufferPointer) {
            EVP_MAC_update(handle, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
        }
    }

    // Fetched once, only read afterwards.
    nonisolated(unsafe) private static let algorithm = EVP_MAC_fetch(nil, "HMAC", nil)
    /// Contexts kept for the next request. More than this at once are made and freed.
    private static let keptMax = 64

    let hash: Hash
    private let secret: [UInt8]
    private let free = Mutex<[Context]>([])

    init(secret: [UInt8], hash: Hash) {
        self.secret = secret
        self.hash = hash
    }

    deinit {
        free.withLock { for context in $0 { EVP_MAC_CTX_free(context.handle) } }
    }

    /// The value for `bytes`.
    func value(of bytes: [UInt8]) -> [UInt8] {
        let context = start()
        bytes.withUnsafeBytes { context.update($0) }
        var count = 0
        let value = [UInt8](unsafeUninitializedCapacity: 64) { buffer, filled in
            let ended = EVP_MAC_final(context.handle, buffer.baseAddress, &count, 64) == 1
            precondition(ended && count == hash.count, "OpenSSL can't compute an HMAC.")
            filled = count
        }
        giveBack(context)
        return value
    }

    func start() -> Context {
        if let kept = free.withLock({ $0.popLast() }) { return kept }
        guard let handle = touchstone_hmac_new(Self.algorithm, hash.name, secret, secret.count) else {
            preconditionFailure("OpenSSL can't make an HMAC context.")
        }
        return Context(handle: handle)
    }

    /// Whether the computation came to `expected`; in constant time. The context is given back and must not be used again.
    func finish(_ context: Context, equals expected: [UInt8]) -> Bool {
        var count = 0
        let isEqual = withUnsafeTemporaryAllocation(byteCount: 64, alignment: 8) { value in
            let ended = EVP_MAC_final(context.handle, value.baseAddress?.assumingMemoryBound(to: UInt8.self), &count, 64) == 1
            return ended && count == expected.count && CRYPTO_memcmp(value.baseAddress, expected, count) == 0
        }
        giveBack(context)
        return isEqual
    }

    func giveBack(_ context: Context) {
        let isReady = EVP_MAC_init(context.handle, nil, 0, nil) == 1
        let isKept = free.withLock { list in
            guard isReady, list.count < Self.keptMax else { return false }
            list.append(context)
            return true
        }
        if !isKept { EVP_MAC_CTX_free(context.handle) }
    }
}
