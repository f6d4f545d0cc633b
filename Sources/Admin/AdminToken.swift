import Signing

/// Somebody who may speak to the admin port, by name. Of the token itself only the digest is kept.
package struct AdminToken: Sendable, Equatable {
    /// Stands in the log beside what was done with it.
    package let name: String
    package let may: AdminMay
    private let digest: [UInt8]

    package init(name: String, token: String, may: AdminMay) {
        self.name = name
        self.may = may
        digest = SHA256.digest(Array(token.utf8)).bytes
    }

    /// Takes the same time for every token of the same length.
    func isMade(of token: String) -> Bool {
        let given = SHA256.digest(Array(token.utf8)).bytes
        var difference: UInt8 = token.isEmpty ? 1 : 0
        for (a, b) in zip(given, digest) { difference |= a ^ b }
        return difference == 0
    }
}

/// What a token is good for.
package enum AdminMay: String, Sendable, CaseIterable {
    /// Lists and figures: ids, kinds, states and reasons.
    case read
    /// Everything: also what changes something, and the bytes that people sent.
    case act
}

/// Who is asking.
struct Caller: Sendable, Equatable {
    let name: String
    let may: AdminMay
}
