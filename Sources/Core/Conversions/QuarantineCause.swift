/// Why a conversion is in quarantine. Names keys and places, never values.
package struct QuarantineCause: Sendable, Equatable {
    /// Of the finding, or of Meta's refusal. Stable.
    package let code: String
    /// Within the event: `$['custom_data']['value']`; nil where none is known.
    package let path: String?
    package let sentence: String

    package init(code: String, path: String?, sentence: String) {
        self.code = code
        self.path = path
        self.sentence = sentence
    }

    /// Of an event that validation refused, as it is stored: the finding that refused it comes first. Nil for every other event.
    package init?(stored event: JSON) {
        let own = event[ConversionDecoder.ownMember]
        guard own?["reason"]?.text == ServerEvent.Reason.quarantined.rawValue else { return nil }
        let finding = own?["findings"]?[0]
        let code = finding?[0]?.text ?? ServerEvent.Reason.quarantined.rawValue
        let sentence = ConversionFault(rawValue: code)?.sentence ?? "It was refused when it came in."
        self.init(code: code, path: finding?[1]?.text, sentence: sentence)
    }

    /// What Meta refused; `path` is that of the call: the place of the event in it is left out.
    package init(refusal reason: Reason, path: String?) {
        self.init(code: reason.code, path: path.map(ConversionFinding.pathInEvent), sentence: reason.sentence)
    }
}
