/// The key under which data keys are wrapped; from the environment, never stored.
package struct MasterKey: Sendable {
    let cipher: AES256GCM

    /// 64 hexadecimal digits, of either case.
    package init(hex: String) throws(SealError) {
        guard let bytes = Hex.bytes(hex.utf8, upperCase: true), bytes.count == 32 else { throw .malformedKey }
        cipher = AES256GCM(key: bytes)
    }
}
