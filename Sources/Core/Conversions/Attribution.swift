/// The ads behind a conversion, and how they were found.
package struct Attribution: Sendable, Equatable {
    package let entities: [EntityRef]
    package let method: AttributionMethod
    /// Keyed digest input of the click, to find its ad again; nil without a click id.
    package let click: String?

    package init(entities: [EntityRef], method: AttributionMethod, click: String?) {
        self.entities = entities
        self.method = method
        self.click = click
    }
}

/// What a conversion was attributed by, the surest first.
package enum AttributionMethod: String, Sendable, CaseIterable {
    /// The event names the ad itself.
    case named
    /// Ids in the query of `event_source_url`.
    case url
    /// The lead that it belongs to came from an ad.
    case lead
    /// An earlier event with the same click id named the ad.
    case click
    /// Nothing says which ad it was.
    case none
}

/// Where a conversion is on its way to Meta.
package enum ConversionState: String, Sendable, CaseIterable {
    case waiting, forwarded
    /// Not forwarded, for a reason of ours: no consent, no match keys.
    case leftOut = "left_out"
    /// Refused by Meta. In quarantine, where somebody may mend it.
    case refused
    /// Its own faults keep it from Meta and out of all figures. In quarantine as well.
    case quarantined
    /// It was in quarantine, and another event has taken its place: mended here, or sent again by the shop.
    case replaced
}
