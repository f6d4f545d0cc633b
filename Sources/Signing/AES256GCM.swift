import COpenSSL
import Synchronization

/// AES-256-GCM under one key, its schedule computed once per direction.
final class AES256GCM: Sendable {
    static let tagBytes = 16
    static let nonceBytes = 12

    private struct Handle: @unchecked Sendable {  // a C handle, used under the lock that holds it only
        let context: OpaquePointer
    }

    // Fetched once, only read afterwards.
    nonisolated(unsafe) private static let algorithm = EVP_CIPHER_fetch(nil, "AES-256-GCM", nil)

    private let encryption: Mutex<Handle>
    private let decryption: Mutex<Handle>

    /// `key` is 32 bytes.
    init(key: [UInt8]) {
        precondition(key.count == 32, "An AES-256 key has 32 bytes.")
        guard let encryption = EVP_CIPHER_CTX_new(), let decryption = EVP_CIPHER_CTX_new(),
            EVP_EncryptInit_ex2(encryption, Self.algorithm, key, nil, nil) == 1,
            EVP_DecryptInit_ex2(decryption, Self.algorithm, key, nil, nil) == 1
        else { preconditionFailure("OpenSSL has no AES-256-GCM.") }
        self.encryption = Mutex(Handle(context: encryption))
        self.decryption = Mutex(Handle(context: decryption))
    }

    deinit {
        encryption.withLock { EVP_CIPHER_CTX_free($0.context) }
        decryption.withLock { EVP_CIPHER_CTX_free($0.context) }
    }

    /// Appends ciphertext and tag to `output`.
    func seal(_ plain: [UInt8], nonce: [UInt8], aad: [UInt8], into output: inout [UInt8]) -> Bool {
        let start = output.count
        output.append(contentsOf: repeatElement(0, count: plain.count + Self.tagBytes))
        return output.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return false }
            let text = base + start
            return encryption.withLock { handle in
                var count: Int32 = 0
                return EVP_EncryptInit_ex2(handle.context, nil, nil, nonce, nil) == 1
                    && EVP_EncryptUpdate(handle.context, nil, &count, aad, Int32(aad.count)) == 1
                    && EVP_EncryptUpdate(handle.context, text, &count, plain, Int32(plain.count)) == 1
                    && EVP_EncryptFinal_ex(handle.context, text + plain.count, &count) == 1
                    && touchstone_gcm_get_tag(handle.context, text + plain.count) == 1
            }
        }
    }

    /// `text` is ciphertext and tag; nil when it was changed.
    func open(_ text: ArraySlice<UInt8>, nonce: [UInt8], aad: [UInt8]) -> [UInt8]? {
        guard text.count >= Self.tagBytes else { return nil }
        let count = text.count - Self.tagBytes
        var plain = [UInt8](repeating: 0, count: count)
        let isRight = text.withUnsafeBufferPointer { text in
            guard let base = text.baseAddress else { return false }
            return decryption.withLock { handle in
                var moved: Int32 = 0
                var none = [UInt8](repeating: 0, count: Self.tagBytes)
                return EVP_DecryptInit_ex2(handle.context, nil, nil, nonce, nil) == 1
                    && EVP_DecryptUpdate(handle.context, nil, &moved, aad, Int32(aad.count)) == 1
                    && EVP_DecryptUpdate(handle.context, &plain, &moved, base, Int32(count)) == 1
                    && touchstone_gcm_set_tag(handle.context, base + count) == 1
                    && EVP_DecryptFinal_ex(handle.context, &none, &moved) == 1
            }
        }
        return isRight ? plain : nil
    }
}
