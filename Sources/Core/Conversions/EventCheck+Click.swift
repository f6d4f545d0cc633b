/// The page of an event, and the click that brought somebody there.
extension EventCheck {
    /// The URL of the event; nil when there is none that goes on.
    mutating func checkedURL() -> SourceURL? {
        guard let text = fields["event_source_url"]?.text else { return nil }
        if let url = SourceURL(text) { return url }
        if find(.urlInvalid, place.key("event_source_url")).isDropping { fields["event_source_url"] = nil }
        return nil
    }

    /// What is found where a click or a browser's id is not as it should be.
    typealias ClickFaults = (dropped: ConversionFault, cleaned: ConversionFault, old: ConversionFault)

    /// `fbc` or `fbp` as it goes on; nil when it is left out.
    mutating func click(_ text: String, _ kind: ClickText.Kind, _ faults: ClickFaults, _ path: ConversionPath) -> String? {
        let latestMs = clock.nowMs + Limits.conversionSkewMaxSeconds * 1_000
        var found = ClickText(text, kind, latestMs: latestMs)
        if found == nil {
            found = ClickText(ClickText.freed(text), kind, latestMs: latestMs)
            guard found != nil, find(faults.cleaned, path) == .repair else {
                if found == nil { find(faults.dropped, path) }
                return nil
            }
        }
        guard let click = found else { return nil }
        if click.isUnwrapped, kind == .click, find(.clickUnwrapped, path) == .reject { return nil }
        let eventMs = fields["event_time"]?.integer.map { $0 * 1_000 } ?? clock.nowMs
        if click.madeMs < eventMs - Limits.clickAgeMaxMs, find(faults.old, path).isDropping { return nil }
        return click.text
    }

    /// Makes the `fbc` of a click that only the page's URL names, or names anew.
    ///
    /// Only for a website, whose event happens while the page is open: its time is that of the click, as near as it can be known.
    /// It is the same at every attempt.
    mutating func buildClick(from url: SourceURL?) {
        guard let clickID = url?.clickID, fields["action_source"]?.text == "website" else { return }
        guard let madeMs = fields["event_time"]?.integer.map({ $0 * 1_000 }) else { return }
        let path = place.key("user_data").key("fbc")
        let built = ClickText(clickID: clickID, madeMs: madeMs)
        if let fbc = userData["fbc"]?.text {
            guard let click = ClickText(fbc, .click, latestMs: .max), click.id != clickID, click.madeMs < madeMs else { return }
            if find(.clickRebuilt, path) == .repair { userData["fbc"] = .string(built.text) }
        } else if !findings.contains(where: { $0.severity == .reject && $0.path == path.text }) {
            if find(.clickBuilt, path) == .repair { userData["fbc"] = .string(built.text) }
        }
    }
}
