package import Core

/// A conversion that may be kept: whoever it is about stands in it as digests only.
package struct HashedEvent: Sendable {
    /// A key of `user_data` with its hashes.
    package struct Personal: Sendable, Equatable {
        package let key: PersonalKey
        package let hashes: [Hash]
    }

    /// A hash as it goes out: the digest, and the appendix that its sender put behind it.
    package struct Hash: Sendable, Hashable {
        package let digest: Digest
        /// With its dot; empty when there is none.
        package let appendix: String

        var text: String { digest.hex + appendix }
    }

    package let personal: [Personal]
    package let outcome: ConsentOutcome
    /// Why it is not sent on to Meta; nil when it is.
    package let held: ServerEvent.Reason?
    private let fields: JSONObject

    package init(_ event: ServerEvent) {
        fields = event.fields
        outcome = event.outcome
        held = event.held
        personal = event.personal.map { Personal(key: $0.key, hashes: Self.hashes($0.values)) }
    }

    /// The event as it is kept: as it goes to Meta, and in `_touchstone` what becomes of it.
    package var json: JSON {
        var all = fields
        if !personal.isEmpty {
            var userData = if case .object(let object)? = fields["user_data"] { object.members } else { [JSONObject.Member]() }
            userData += personal.map {
                JSONObject.Member(key: $0.key.rawValue, value: .array($0.hashes.map { .string($0.text) }))
            }
            all["user_data"] = .object(JSONObject(userData))
        }
        all[ConversionDecoder.ownMember] = own
        return .object(all)
    }

    private var own: JSON {
        var members = [
            JSONObject.Member(key: "consent", value: .string(outcome.rawValue)),
            JSONObject.Member(key: "forward", value: .bool(held == nil)),
        ]
        if let held { members.append(JSONObject.Member(key: "reason", value: .string(held.rawValue))) }
        return .object(JSONObject(members))
    }

    /// Each once, in the order of the values.
    private static func hashes(_ values: [Normalized]) -> [Hash] {
        var seen: Set<Hash> = []
        return values.compactMap(hash).filter { seen.insert($0).inserted }
    }

    private static func hash(_ value: Normalized) -> Hash? {
        switch value {
        case .value(let text): Hash(digest: SHA256.digest(text.utf8), appendix: "")
        case .alreadyHashed(let text): HashText(text).flatMap { Hash($0) }
        case .plain, .dropped: nil
        }
    }
}

extension HashedEvent.Hash {
    fileprivate init?(_ hash: HashText) {
        guard let bytes = Hex.bytes(hash.hex.utf8) else { return nil }
        self.init(digest: Digest(bytes: bytes), appendix: hash.appendix)
    }
}
