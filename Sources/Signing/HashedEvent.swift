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
    /// Its `event_id` is one that we made.
    package private(set) var hasMadeID = false
    /// The stored event in whose place it comes.
    private var replaces: Int64?
    /// Which copy it is of an event whose others are made already; nil: its copies are made of it.
    private var alone: Int?
    /// Where nothing had to be done to it, what it is written from; `fields` is empty then.
    private let plain: PlainEvent?
    private var fields: JSONObject
    private let findings: [ConversionFinding]
    private let sentTimeSeconds: Int64?

    package init(_ event: ServerEvent) {
        plain = event.plain
        fields = plain == nil ? event.fields : JSONObject()
        outcome = event.outcome
        held = event.held
        findings = event.findings
        sentTimeSeconds = event.sentTimeSeconds
        personal = event.personal.map { Personal(key: $0.key, hashes: Self.hashes($0.values)) }
    }

    /// The events of one request, those that lack an `event_id` with one where the policy says so.
    ///
    /// Events that are the same in everything get different ids within a request, by their order: who sends two in one request
    /// means two.
    package static func made(of events: [ServerEvent], dataset: String, ids: EventIDPolicy) -> [HashedEvent] {
        var seen: [String: Int] = [:]
        return events.map { event in
            var hashed = HashedEvent(event)
            guard let origin = hashed.origin(dataset: dataset, ids) else { return hashed }
            let digest = SHA256.hex(origin)
            let count = seen[digest, default: 0]
            seen[digest] = count + 1
            hashed.giveID(count == 0 ? digest : SHA256.hex(origin + Array("\n\(count)".utf8)))
            return hashed
        }
    }

    /// The event as it is kept: as it goes to Meta, and in `_touchstone` what becomes of it.
    package var json: JSON {
        var all = plain?.fields ?? fields
        if !personal.isEmpty {
            var userData = if case .object(let object)? = all["user_data"] { object.members } else { [JSONObject.Member]() }
            userData += personal.map {
                JSONObject.Member(key: $0.key.rawValue, value: .array($0.hashes.map { .string($0.text) }))
            }
            all["user_data"] = .object(JSONObject(userData))
        }
        all[ConversionDecoder.ownMember] = own
        return .object(all)
    }

    /// Appends `json` in canonical form.
    func write(to out: inout [UInt8]) {
        guard let plain, replaces == nil, !hasMadeID else { return json.write(to: &out, sortedKeys: true) }
        out.append(contentsOf: #"{"_touchstone":{"consent":""#.utf8)
        out.append(contentsOf: outcome.rawValue.utf8)
        out.append(contentsOf: #"","forward":true}"#.utf8)
        plain.writeMembers(to: &out)
        out.append(contentsOf: #","user_data":{"#.utf8)
        for (index, member) in plain.user.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            switch member {
            case .plain(let place): plain.writeUserMember(place, to: &out)
            case .personal(let place): personal[place].write(to: &out)
            }
        }
        out.append(contentsOf: "}}".utf8)
    }

    /// `consent`: what became of it. `forward`: whether it goes to Meta, else a `reason`. `made_id`: the `event_id` is ours.
    /// `findings`: `[code, path within the event]` of each, the first few, and of an event that was refused what refused it first;
    /// paths, never values. `replaces`: the event in whose place it comes. `alone`: which copy of an event it
    /// is, whose others are made already (`ConversionPlace`).
    private var own: JSON {
        var members = [
            JSONObject.Member(key: "consent", value: .string(outcome.rawValue)),
            JSONObject.Member(key: "forward", value: .bool(held == nil)),
        ]
        if let held { members.append(JSONObject.Member(key: "reason", value: .string(held.rawValue))) }
        if hasMadeID { members.append(JSONObject.Member(key: "made_id", value: true)) }
        if !findings.isEmpty {
            let isRefused = held == .quarantined
            let told =
                isRefused ? findings.filter { $0.severity == .reject } + findings.filter { $0.severity != .reject } : findings
            let pairs = told.map { JSON.array([.string($0.fault.rawValue), .string($0.pathInEvent)]) }
            members.append(JSONObject.Member(key: "findings", value: .array(pairs)))
        }
        if let replaces { members.append(JSONObject.Member(key: "replaces", value: .string("\(replaces)"))) }
        if let alone { members.append(JSONObject.Member(key: "alone", value: .integer(alone))) }
        return .object(JSONObject(members))
    }

    /// In the place of a stored event, which it keeps the id of. `alone`: for that one's dataset only, as which copy.
    package func replacing(_ eventID: Int64, alone: Int?, hasMadeID: Bool) -> HashedEvent {
        var event = self
        event.replaces = eventID
        event.alone = alone
        if hasMadeID { event.hasMadeID = true }
        return event
    }

    // MARK: ids

    /// What an id is made of: the dataset and all of the event, whatever the order of its keys and of the hashes of one key; nil
    /// when it gets none.
    ///
    /// The same for the same event whenever and however often its sender sends it: nothing of the request, of its receipt or of
    /// what was mended by the clock is in it. All of the event, not only what names a sale: two visitors may look at one page in
    /// one second. An event that stays here gets none. Nothing is sent twice of it, and without its person it looks like
    /// another's. A refund stays here too and gets one: it must not lower the figures
    /// twice.
    private func origin(dataset: String, _ ids: EventIDPolicy) -> [UInt8]? {
        guard plain == nil, held == nil || held == .refund, fields["event_id"] == nil else { return nil }
        guard ids.choice(for: fields["action_source"]?.text) == .derive else { return nil }
        var all = fields
        all["event_time"] = sentTimeSeconds.map { .integer($0) }
        var userData = if case .object(let object)? = fields["user_data"] { object } else { JSONObject() }
        // Made of the URL and the time of receipt, both of which say more.
        if findings.contains(where: { $0.fault == .clickBuilt || $0.fault == .clickRebuilt }) { userData["fbc"] = nil }
        for one in personal {
            userData[one.key.rawValue] = .array(one.hashes.map(\.digest.hex).sorted().map(JSON.string))
        }
        all["user_data"] = .object(userData)
        return Array("\(dataset)\n".utf8) + JSON.object(all).bytes(sortedKeys: true)
    }

    private mutating func giveID(_ digest: String) {
        fields["event_id"] = .string("ts-\(digest.prefix(32))")
        hasMadeID = true
    }

    // MARK: hashes

    /// Each once, in the order of the values.
    private static func hashes(_ values: [Normalized]) -> [Hash] {
        guard values.count > 1 else { return values.compactMap(hash) }
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

extension HashedEvent.Personal {
    fileprivate func write(to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        out.append(contentsOf: key.rawValue.utf8)
        out.append(contentsOf: #"":["#.utf8)
        for (index, hash) in hashes.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            out.append(UInt8(ascii: "\""))
            Hex.write(hash.digest.bytes, to: &out)
            out.append(contentsOf: hash.appendix.utf8)
            out.append(UInt8(ascii: "\""))
        }
        out.append(UInt8(ascii: "]"))
    }
}

extension HashedEvent.Hash {
    fileprivate init?(_ hash: HashText) {
        guard let bytes = Hex.bytes(hash.hex.utf8) else { return nil }
        self.init(digest: Digest(bytes: bytes), appendix: hash.appendix)
    }
}
