/// Why something could not be sealed or opened. Says nothing of what is inside.
package enum SealError: Error, Equatable, Sendable {
    /// A master key is 64 hexadecimal digits.
    case malformedKey
    /// No master key given opens this data key.
    case noMasterKey(dataKey: String)
    /// The data key it was sealed with is not known.
    case unknownDataKey(String)
    /// Too short, or of a version not known here.
    case malformed
    /// Changed, or sealed for another place.
    case refused
    /// The data key was opened from the database or already has a sealer: its nonces could repeat.
    case keyNotFresh
}
