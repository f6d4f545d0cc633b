/// What becomes of an event with a fault.
package enum Ruling: String, Sendable, CaseIterable {
    /// The event is not taken.
    case reject
    /// It is taken without what is at fault, or with what was surely meant.
    case repair
    /// It is taken as it is, and the sender is told.
    case warn
    /// It is taken as it is.
    case off

    /// Of the finding; nil where there is none.
    package var severity: ConversionFault.Severity? {
        switch self {
        case .reject: .reject
        case .repair: .repaired
        case .warn: .warning
        case .off: nil
        }
    }

    /// Whether the value at fault goes no further. It is nowhere in what is kept of a refused event either.
    var isDropping: Bool { self == .reject || self == .repair }
}

extension ConversionFault {
    /// What a source may make of it, the default first. With one alone there is nothing to choose.
    ///
    /// Never `warn` or `off` where what somebody wrote in the wrong place would then be kept as it is.
    package var rulings: [Ruling] {
        switch self {
        case .bodyUnreadable, .bodyNotObject, .boundaryMissing, .partUnterminated, .partHeaderTooLong, .partUnnamed,
            .tooManyFields, .dataMissing, .dataNotArray, .dataEmpty, .tooManyEvents, .eventUnreadable,
            .userDataMissing, .nameMissing, .nameInvalid, .sourceMissing, .sourceUnknown, .timeMissing, .timeInvalid, .timeTooOld,
            .attributionTooOld, .channelMissing, .tooFewMatchKeys:
            [.reject]
        case .wrongType, .unexpectedKey, .personalKey, .userKeyUnknown, .idInvalid, .timeFraction, .timeInMilliseconds,
            .timeInFuture, .leadInvalid, .valueInvalid:
            [.reject, .repair]
        case .currencyMissing, .limitedUseIncomplete: [.reject, .repair, .warn, .off]
        case .appDataMissing, .extinfoIncomplete, .trackingFlagMissing, .whatsappIDsMissing, .messengerIDsMissing,
            .instagramIDsMissing, .valueMissing, .currencyInvalid, .currencyUnknown:
            [.reject, .warn, .off]
        case .keyMoved, .timeSetBack, .addressCleaned, .addressDropped, .clickDropped, .clickCleaned, .clickUnwrapped,
            .browserDropped, .browserCleaned, .personalDropped:
            [.repair, .reject]
        case .clickBuilt: [.repair, .off]
        case .clickRebuilt: [.repair, .warn, .off]
        case .urlInvalid, .junkDropped, .junkNameDropped: [.repair, .reject, .warn, .off]
        case .addressPrivate, .clickOld, .browserOld, .hashWherePlain, .looksLikeMD5: [.warn, .repair, .reject, .off]
        case .sourceURLMissing, .userAgentMissing: [.warn, .reject, .off]
        }
    }

    /// What becomes of it where a source says nothing.
    package var severity: Severity { rulings[0].severity ?? .warning }
}
