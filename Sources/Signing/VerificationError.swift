/// Why a delivery was not believed. The caller gets 401 and nothing more.
package enum VerificationError: String, Error, Sendable, CaseIterable {
    case signatureMissing
    /// More than one header of that name.
    case signatureRepeated
    /// Of Meta's anything but `sha256=` and 64 lower-case hex digits (`sha1=` and 40).
    case signatureMalformed
    case signatureMismatch
    /// Only the old SHA-1 header is there, and no app allows it.
    case sha1NotAllowed
    /// It was right, minutes ago.
    case signatureExpired
}
