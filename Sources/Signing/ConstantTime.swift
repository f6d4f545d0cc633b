import COpenSSL

/// Whether two secrets are equal, without telling by its time where they differ or how long the expected one is.
///
/// An empty string equals nothing, not even another: a secret that was never set must not match one that was never sent.
package func constantTimeEqual(_ given: String, _ expected: String) -> Bool {
    let a = SHA256.digest(Array(given.utf8)).bytes
    let b = SHA256.digest(Array(expected.utf8)).bytes
    let isEqual = CRYPTO_memcmp(a, b, a.count) == 0
    return isEqual && !given.isEmpty && !expected.isEmpty
}
