/// A stage that a lead of Meta's has come to, as a CRM tells it, and the event that it is for Meta.
///
/// <https://developers.facebook.com/docs/marketing-api/conversions-api/conversion-leads-integration/payload-specification>.
package struct LeadStage: Sendable, Equatable {
    package let leadID: String
    /// When it came to it, in seconds since 1970.
    package let timeSeconds: Int64
    /// The id that the event has at Meta: the same stage at the same second, or without a time by the same message, is the same event.
    package let eventID: String
    package let eventName: String
    /// As `ConversionCheck` takes it.
    package private(set) var event: JSON

    /// `{"stage": …, "time": …, "value": …, "currency": …}`, with the lead's id in `lead_id` where it stands in no path.
    ///
    /// Without a time it is `nowSeconds`. That is another at the next attempt, so that `deliveryID`, the id that stays the same over all
    /// attempts, then stands for it in the event's.
    package init(
        _ document: JSON, leadID: String? = nil, deliveryID: String? = nil, policy: StagePolicy, consent: ConsentPolicy,
        nowSeconds: Int64
    ) throws(StageFault) {
        guard document.isObject else { throw .unreadable }
        guard let lead = leadID ?? document["lead_id"]?.filled, Self.isLeadID(lead) else { throw .leadInvalid }
        guard let stage = document["stage"]?.text?.trimmedBlanks, !stage.isEmpty else { throw .stageMissing }
        guard let name = policy.eventName(of: stage) else { throw .stageUnknown }
        guard let time = Self.seconds(document["time"], nowSeconds) else { throw .timeInvalid }
        self.leadID = lead
        timeSeconds = time
        eventName = name
        let isTimed = document["time"].map { !$0.isNull } ?? false
        eventID = "crm-\(lead)-\(name)-\(isTimed ? "\(time)" : deliveryID ?? "\(time)")"
        event = Self.event(
            document, name: name, id: eventID, leadID: lead, time: time, crm: policy.crm,
            isConsented: consent.isGranted(inOrder: document))
    }

    /// The first stage, which is the lead itself, at the moment at which it was created.
    ///
    /// Whether its writer agreed is asked of the form: of a consent box by its key, else of an answer by its name.
    package init(raw lead: Lead, policy: StagePolicy, consent: ConsentPolicy) {
        leadID = lead.leadID
        timeSeconds = lead.createdAtMs / 1_000
        eventName = policy.leadName
        eventID = "crm-\(leadID)-\(eventName)-\(timeSeconds)"
        let asked = ConsentPolicy(path: policy.leadConsent.map { [$0] } ?? consent.path, without: consent.without)
        event = Self.event(
            .object(JSONObject()), name: eventName, id: eventID, leadID: leadID, time: timeSeconds, crm: policy.crm,
            isConsented: asked.isGranted(inOrder: lead.consentDocument))
        event = knowing(LeadContacts(lead.fields)).event
    }

    /// The same with what the lead says of its writer beside the lead's id.
    package func knowing(_ contacts: LeadContacts) -> LeadStage {
        guard case .object(var object) = event, case .object(var userData)? = object["user_data"] else { return self }
        for (key, values) in [("em", contacts.emails), ("ph", contacts.phones)] where !values.isEmpty {
            userData[key] = .array(values.map(JSON.string))
        }
        object["user_data"] = .object(userData)
        var stage = self
        stage.event = .object(object)
        return stage
    }

    /// Why it can't have come to this stage, by what is known of the lead; nil: it can, or the lead is not known.
    package func fault(of origin: LeadOrigin?) -> StageFault? {
        guard let origin else { return nil }
        if origin.isErased { return .leadErased }
        if origin.isTest { return .leadIsTest }
        return timeSeconds < origin.createdAtMs / 1_000 ? .beforeLead : nil
    }

    private static func isLeadID(_ text: String) -> Bool {
        (15...17).contains(text.utf8.count) && text.utf8.allSatisfy(\.isDigit)
    }

    /// Seconds, milliseconds, or a moment of ISO 8601.
    private static func seconds(_ value: JSON?, _ nowSeconds: Int64) -> Int64? {
        guard let value, !value.isNull else { return nowSeconds }
        guard let number = value.integer else { return value.text.flatMap(ISOTime.seconds) }
        return number >= 100_000_000_000 ? number / 1_000 : number
    }

    private static func event(
        _ document: JSON, name: String, id: String, leadID: String, time: Int64, crm: String, isConsented: Bool
    ) -> JSON {
        var custom = JSONObject([
            .init(key: "event_source", value: "crm"), .init(key: "lead_event_source", value: .string(crm)),
        ])
        for key in ["value", "currency"] {
            if let value = document[key], !value.isNull { custom[key] = value }
        }
        let event: JSON = [
            "event_name": .string(name), "event_time": .integer(time), "event_id": .string(id),
            "action_source": "system_generated",
            "user_data": ["lead_id": .string(leadID)], "custom_data": .object(custom),
        ]
        return ConsentPolicy.giving(isConsented, to: event)
    }
}

/// What is known of a lead that somebody names.
package struct LeadOrigin: Sendable, Equatable {
    package let createdAtMs: Int64
    package let isTest: Bool
    package let isErased: Bool
    /// None where its answers are gone or do not open any more.
    package let contacts: LeadContacts

    package init(createdAtMs: Int64, isTest: Bool, isErased: Bool, contacts: LeadContacts = .none) {
        self.createdAtMs = createdAtMs
        self.isTest = isTest
        self.isErased = isErased
        self.contacts = contacts
    }
}

extension Lead {
    /// Answers by name and consent boxes by key, as a policy asks them; a box counts before an answer.
    fileprivate var consentDocument: JSON {
        var object = JSONObject()
        for field in fields { object[field.name] = field.values.first.map(JSON.string) }
        for consent in consents { object[consent.key] = .bool(consent.isChecked) }
        return .object(object)
    }
}

/// Why a stage is not taken.
package enum StageFault: String, Error, Sendable, CaseIterable {
    case unreadable = "body_unreadable"
    case leadInvalid = "lead_id_invalid"
    case stageMissing = "stage_missing"
    /// It is not in the source's map.
    case stageUnknown = "stage_unknown"
    case timeInvalid = "time_invalid"
    case beforeLead = "time_before_lead"
    case leadIsTest = "lead_is_test"
    case leadErased = "lead_erased"

    /// A sentence for whoever sends it.
    package var sentence: String {
        switch self {
        case .unreadable: "The body is no JSON object such as {\"stage\": \"qualified\", \"time\": 1767225600}."
        case .leadInvalid: "The lead's id has to be Meta's leadgen_id, of 15 to 17 digits."
        case .stageMissing: "stage is missing: a text."
        case .stageUnknown: "stage is none of those in the source's configuration."
        case .timeInvalid: "time has to be in seconds since 1970, or a moment of ISO 8601."
        case .beforeLead: "time lies before the lead was created; Meta would discard it."
        case .leadIsTest: "The lead is a test of Meta's; its stages go nowhere."
        case .leadErased: "The lead was erased because a person asked for it; nothing more is told of it."
        }
    }
}
