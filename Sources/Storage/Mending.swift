package import Core

/// A conversion in quarantine that somebody wants to be sent on, as it is or with an edit.
package struct Mending: Sendable {
    package let eventID: Int64
    package let edit: ConversionEdit
    /// Somebody means this very event, and did not find it among others.
    package let isNamed: Bool

    package init(eventID: Int64, edit: ConversionEdit = .none, isNamed: Bool = true) {
        self.eventID = eventID
        self.edit = edit
        self.isNamed = isNamed
    }
}

/// What became of it.
package struct MendingOutcome: Sendable {
    /// Its fate.
    package enum Fate: Sendable, Equatable {
        /// It goes on as this event; nil in a rehearsal. `held`: it stays here after all, for a reason that is no fault of its own.
        case mended(by: Int64?, held: ServerEvent.Reason?)
        /// It is refused again, as `findings` say, and nothing is changed.
        case refused
        case denied(MendingDenial)
    }

    package let eventID: Int64
    package let fate: Fate
    /// Of the event as it would go on, with paths within it.
    package let findings: [ConversionFinding]
}

/// Why a conversion can't be mended.
package enum MendingDenial: Error, Sendable, Equatable {
    case unknown
    case notInQuarantine(ConversionState)
    /// By an edit or a replay here, or by the same event that the shop sent again.
    case replaced(by: Int64?)
    /// It may be at Meta already, and nobody named it.
    case maybeReceived
    /// Erased, pruned, or not to be unsealed.
    case deliveryGone
    /// No longer in the configuration.
    case sourceGone
    case edit(ConversionEditFault)

    /// snake_case, stable.
    package var code: String {
        switch self {
        case .unknown: "conversion_unknown"
        case .notInQuarantine: "not_in_quarantine"
        case .replaced: "conversion_replaced"
        case .maybeReceived: "maybe_received"
        case .deliveryGone: "delivery_gone"
        case .sourceGone: "source_gone"
        case .edit: "edit_invalid"
        }
    }

    /// For people.
    package var sentence: String {
        switch self {
        case .unknown: "No conversion of this number is stored."
        case .notInQuarantine(let state): "It is not in quarantine: it is \(state.rawValue)."
        case .replaced(let eventID): "Another event has taken its place\(eventID.map { ": \($0)" } ?? "")."
        case .maybeReceived:
            "Meta may have it already, and might count a second one: look for it there, then replay it by its number."
        case .deliveryGone: "What it said is no longer stored, or can't be unsealed."
        case .sourceGone: "Its source is no longer in the configuration; put it back first."
        case .edit(let fault): fault.sentence
        }
    }
}
