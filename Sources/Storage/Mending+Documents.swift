package import Core

extension StoredConversion {
    /// What is in quarantine, and why: nothing of the person.
    package var quarantineDocument: JSON {
        [
            "id": .string("\(eventID)"), "trace": .string(TraceID(eventID: eventID).text), "workspace": .string(workspace),
            "source": .string(source), "dataset": .string(dataset), "event_name": .string(eventName),
            "conversion_id": .text(conversionID), "event_time": .integer(eventTimeSeconds),
            "action_source": .string(actionSource),
            "consent": .string(consent.rawValue), "test": .bool(isTest), "state": .string(state.rawValue),
            "code": .text(cause?.code), "path": .text(cause?.path), "message": .text(cause?.sentence), "reason": .text(reason),
            "fbtrace_id": .text(traceID), "received_at_ms": .integer(receivedAtMs),
            "quarantined_at_ms": quarantinedAtMs.map { .integer($0) } ?? .null,
            "replaced_by": .text(replacedBy.map { "\($0)" }),
        ]
    }
}

extension ConversionFinding {
    /// Its code, its place, what became of it, and a sentence for people.
    package var document: JSON {
        [
            "code": .string(fault.rawValue), "path": .string(path), "severity": .string(severity.rawValue),
            "message": .string(fault.sentence(severity)),
        ]
    }
}

extension MendingOutcome {
    /// In a word.
    package enum Word: String, CaseIterable, Sendable {
        /// It goes to Meta, or would.
        case mended
        /// It left quarantine, or would, and stays here for want of consent or match keys.
        case leftOut = "left_out"
        case refused, denied
    }

    /// What became of it, in a word.
    package var word: Word {
        switch fate {
        case .mended(_, nil): .mended
        case .mended(_, .some): .leftOut
        case .refused: .refused
        case .denied: .denied
        }
    }

    /// Why nothing was changed; nil where something was.
    package var problem: (code: String, message: String)? {
        switch fate {
        case .mended: nil
        case .refused:
            (
                "conversion_refused",
                "It is refused again. " + findings.filter { $0.severity == .reject }.map(\.sentence).joined(separator: " ")
            )
        case .denied(let denial): (denial.code, denial.sentence)
        }
    }

    /// As the admin port and the command tell it.
    package var document: JSON {
        var heir: Int64?
        if case .mended(let id, _) = fate { heir = id }
        if case .denied(.replaced(let id)) = fate { heir = id }
        return [
            "id": .string("\(eventID)"), "outcome": .string(word.rawValue), "replaced_by": .text(heir.map { "\($0)" }),
            "code": .text(problem?.code), "message": .text(problem?.message), "findings": .array(findings.map(\.document)),
        ]
    }
}
