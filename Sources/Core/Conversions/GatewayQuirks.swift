/// What Meta's own gateway takes and the Graph API does not: events as Java's SDK writes them there, with plain Gson.
///
/// Gson writes the fields of the SDK's objects as they are, where the SDK otherwise turns them into what the API documents. Its
/// `\u003d` for `=` is JSON like any other, and the switches of `app_data` that it always writes (`false` where nobody set one) are kept:
/// from the bytes nobody can tell whether they were meant.
enum GatewayQuirks {
    /// An event with these turned into what the API documents; anything but an object as it is.
    static func mended(_ event: JSON) -> JSON {
        guard case .object(var object) = event else { return event }
        if let data = object["app_data"] { object["app_data"] = deviceListed(data) }
        if let data = object["custom_data"] { object["custom_data"] = flattened(data) }
        return .object(object)
    }

    /// `extinfo` is an object with the list in it.
    private static func deviceListed(_ data: JSON) -> JSON {
        guard case .object(var object) = data, let list = object["extinfo"]?["extendedDeviceInfoArray"] else { return data }
        object["extinfo"] = list
        return .object(object)
    }

    /// Custom properties stand in an object of their own. Those of them that bear the name of another property do not replace it.
    private static func flattened(_ data: JSON) -> JSON {
        guard case .object(var object) = data, case .object(let own)? = object["customProperties"] else { return data }
        object["customProperties"] = nil
        return .object(JSONObject(own.members + object.members))
    }
}
