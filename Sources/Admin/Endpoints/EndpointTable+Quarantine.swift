import Core
import HTTPTypes
import Storage

/// Conversions that wait for somebody to mend them.
extension EndpointTable {
    var quarantine: [Endpoint] { [quarantineList, quarantined, quarantineEdit, quarantineReplay] }

    /// A path as it is written here; as findings name it, `$['custom_data']['value']`, it is taken as well.
    private static let pathPattern: JSON = "^[A-Za-z0-9_-]{1,64}([.][A-Za-z0-9_-]{1,64}){0,61}$"

    /// So many at once, so that other writes get their turn in between.
    private static let replayMax = 100

    private var quarantineList: Endpoint {
        Endpoint(
            method: .get, path: "/v1/conversions/quarantine", name: "listQuarantine",
            summary: "Conversions that were refused, by validation or by Meta, and wait to be mended, newest first.",
            access: .read,
            parameters: [
                .workspace, .query("source", .text(max: 64), "Only of this source."),
                .query("dataset", .text(max: 32), "Only for this dataset."),
                .query("code", .text(max: 128), "Only those refused with this code, such as `value_missing`."),
                .since("received"), .until("received"), .cursor(of: "quarantine"), .limit,
            ],
            answer: .list("Conversion"),
            run: { call in
                var filter = QuarantineFilter()
                filter.workspace = call.text("workspace")
                filter.source = call.text("source")
                filter.dataset = call.text("dataset")
                filter.code = call.text("code")
                filter.sinceMs = call.number("since")
                filter.untilMs = call.number("until")
                let (chosen, place) = (filter, try call.place(of: "quarantine"))
                let listed = try await store.read { try $0.listQuarantine(chosen, place: place, limit: call.limit) }
                return .list(listed, of: "quarantine", from: place, { $0.quarantineDocument }, last: { $0.eventID })
            })
    }

    private var quarantined: Endpoint {
        Endpoint(
            method: .get, path: "/v1/conversions/quarantine/{id}", name: "showQuarantined",
            summary: "One conversion that is or was in quarantine: why, and with `bytes` what is stored of it.", access: .read,
            parameters: [.path("id", .id, "The event's id."), Self.bytes], answer: .document("QuarantineDetail"),
            mayBeUnknown: true,
            run: { call in
                let (id, shows) = (call.rowID("id") ?? 0, try Self.shows(call))
                let found = try await store.read { transaction in
                    let conversion = try transaction.conversion(id)
                    return (conversion, shows ? try conversion.flatMap { try transaction.storedEvent(of: $0) } : nil)
                }
                guard let conversion = found.0, conversion.cause != nil || conversion.isInQuarantine else {
                    throw Problem(
                        .notFound, code: "conversion_unknown", message: "No conversion of this id is or was in quarantine.",
                        param: "id")
                }
                if shows {
                    Unsealed(token: call.caller?.name ?? "", what: "event", id: id, requestID: call.id).emit(to: call.logger)
                }
                return .document(["conversion": conversion.quarantineDocument, "event": found.1 ?? .null])
            })
    }

    private var quarantineEdit: Endpoint {
        Endpoint(
            method: .post, path: "/v1/conversions/quarantine/{id}/edit", name: "editQuarantined",
            summary:
                "Changes a conversion in quarantine and sends it on, judged and hashed like one that comes in. Refused again, nothing is changed.",
            access: .act, parameters: [.path("id", .id, "The event's id.")],
            body: .init(schema: [
                "type": "object", "anyOf": [["required": ["set"]], ["required": ["unset"]]],
                "properties": [
                    "set": [
                        "type": "object", "additionalProperties": true, "minProperties": 1,
                        "propertyNames": ["pattern": Self.pathPattern],
                        "description":
                            "Values by their paths, such as `custom_data.value`. What names a person is hashed before it is stored.",
                    ],
                    "unset": [
                        "type": "array", "minItems": 1, "items": ["type": "string", "pattern": Self.pathPattern],
                        "description": "Paths of what goes.",
                    ],
                    "dry_run": ["type": "boolean", "description": "Only say what would become of it."],
                ],
            ]), answer: .document("Mended"), mayBeUnknown: true,
            run: { call in
                let id = call.rowID("id") ?? 0
                let body = try await call.document()
                let edit: ConversionEdit
                do throws(ConversionEditFault) {
                    edit = try ConversionEdit(body)
                } catch {
                    throw Problem(.badRequest, code: "edit_invalid", message: error.sentence)
                }
                let rehearses = try Self.truth("dry_run", of: body)
                guard let outcome = try await mend([Mending(eventID: id, edit: edit)], rehearses, call).first else {
                    throw Problem(.notFound, code: "conversion_unknown", message: MendingDenial.unknown.sentence, param: "id")
                }
                if !rehearses {
                    ConversionEdited(eventID: id, outcome: outcome.word, token: call.caller?.name ?? "").emit(to: call.logger)
                }
                if let problem = outcome.asProblem { throw problem }
                return .document(outcome.document)
            })
    }

    private var quarantineReplay: Endpoint {
        Endpoint(
            method: .post, path: "/v1/conversions/quarantine/replay", name: "replayQuarantined",
            summary: "Sends conversions in quarantine on as they are, those that are not refused again.", access: .act,
            body: .init(schema: [
                "type": "object", "required": ["ids"],
                "properties": [
                    "ids": [
                        "type": "array", "minItems": 1, "maxItems": .integer(Self.replayMax),
                        "items": ["type": "string", "pattern": "^[0-9]{1,18}$"],
                    ],
                    "dry_run": ["type": "boolean", "description": "Only say what would become of them."],
                    "unless_maybe_received": [
                        "type": "boolean",
                        "description":
                            "Leave what Meta may have already (`maybe_received`, `tried_too_long`): for ids that come from a list.",
                    ],
                ],
            ]), answer: .document("Replayed"),
            run: { call in
                let body = try await call.document()
                let items = body["ids"]?.items ?? []
                let ids = items.compactMap { $0.text.flatMap(Parameter.number) }
                guard !ids.isEmpty, ids.count == items.count, ids.count <= Self.replayMax else {
                    throw Problem(
                        .badRequest, code: "ids_invalid",
                        message: "ids must be 1 to \(Self.replayMax) numbers of events, as texts.",
                        param: "ids")
                }
                let rehearses = try Self.truth("dry_run", of: body)
                let isNamed = try !Self.truth("unless_maybe_received", of: body)
                let mendings = ids.filter { $0 <= Parameter.idMax }.map { Mending(eventID: $0, isNamed: isNamed) }
                let outcomes = try await mend(mendings, rehearses, call)
                let mended = outcomes.count { $0.word == .mended || $0.word == .leftOut }
                if !rehearses {
                    QuarantineReplayed(
                        mended: mended, refused: outcomes.count - mended, token: call.caller?.name ?? ""
                    ).emit(to: call.logger)
                }
                return .document(["mended": .integer(mended), "data": .array(outcomes.map(\.document))])
            })
    }

    private func mend(_ mendings: [Mending], _ rehearses: Bool, _ call: Call) async throws -> [MendingOutcome] {
        let policies = actions.conversionPolicy
        guard !rehearses else {
            return try await store.read { try $0.mend(mendings, policies: policies, rehearses: true, nowMs: call.nowMs) }
        }
        return try await store.write { try $0.mend(mendings, policies: policies, nowMs: call.nowMs) }
    }

    /// What is no truth is refused: a dry run that is none would change something.
    private static func truth(_ member: String, of body: JSON) throws(Problem) -> Bool {
        switch body[member] {
        case nil: return false
        case .bool(let truth)?: return truth
        case _?:
            throw Problem(.badRequest, code: "\(member)_invalid", message: "\(member) must be true or false.", param: member)
        }
    }
}

extension MendingOutcome {
    /// Why an edit changed nothing; nil where it did.
    fileprivate var asProblem: Problem? {
        guard let problem else { return nil }
        switch fate {
        case .mended: return nil
        case .refused:
            var refused = Problem(.unprocessableContent, code: problem.code, message: problem.message)
            refused.findings = findings.map(\.document)
            return refused
        case .denied(.unknown): return Problem(.notFound, code: problem.code, message: problem.message, param: "id")
        case .denied(.edit): return Problem(.badRequest, code: problem.code, message: problem.message)
        case .denied: return Problem(.conflict, code: problem.code, message: problem.message, param: "id")
        }
    }
}
