package import Core
import Storage

/// Conversions in quarantine.
extension OperatorDoor {
    /// So many in one step: each is a commit of its own.
    private static let replayedAtOnce = 100

    /// Changes one and sends it on; what became of it, as the admin port tells. Throws `OperatorFault.refused` where nothing was changed.
    package func edit(_ id: Int64, _ document: JSON, edit: ConversionEdit, dryRun: Bool) async throws -> JSON {
        var body = document.members.map { JSONObject.Member(key: $0.key, value: $0.value) }
        body.append(.init(key: "dry_run", value: .bool(dryRun)))
        if let answer = try await ask("conversions/quarantine/\(id)/edit", .object(JSONObject(body))) { return answer }
        guard let outcome = try await mendAlone([Mending(eventID: id, edit: edit)], dryRun).first else {
            throw OperatorFault.unknown
        }
        if let problem = outcome.problem { throw OperatorFault.refused(problem.message) }
        return outcome.document
    }

    /// Sends these on as they are; what became of each, as the admin port tells. `done`: how many of them, as it goes on.
    ///
    /// `named`: somebody means these very ones, also those that Meta may have already.
    /// Stopped in the middle, the same call goes on: what has left quarantine is no longer in it.
    package func replay(
        _ ids: [Int64], named: Bool = true, dryRun: Bool, done: (_ count: Int) -> Void = { _ in }
    ) async throws -> [JSON] {
        var outcomes: [JSON] = []
        for start in stride(from: 0, to: ids.count, by: Self.replayedAtOnce) {
            let some = ids[start..<min(start + Self.replayedAtOnce, ids.count)]
            let body: JSON = [
                "ids": .array(some.map { .string("\($0)") }), "dry_run": .bool(dryRun), "unless_maybe_received": .bool(!named),
            ]
            if let answer = try await ask("conversions/quarantine/replay", body) {
                outcomes += answer["data"]?.items ?? []
            } else {
                outcomes += try await mendAlone(some.map { Mending(eventID: $0, isNamed: named) }, dryRun).map(\.document)
            }
            done(start + some.count)
        }
        return outcomes
    }

    private func mendAlone(_ mendings: [Mending], _ dryRun: Bool) async throws -> [MendingOutcome] {
        let policies = settings.conversionPolicies
        return try await alone { store, nowMs in
            guard !dryRun else {
                return try await store.read { try $0.mend(mendings, policies: { policies[$0] }, rehearses: true, nowMs: nowMs) }
            }
            return try await store.write { try $0.mend(mendings, policies: { policies[$0] }, nowMs: nowMs) }
        }
    }
}
