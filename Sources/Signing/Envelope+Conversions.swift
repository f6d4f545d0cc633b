package import Core

extension Envelope {
    /// The events of one request as they are kept: `{"data": […], "test_event_code": …}`, keys sorted, without token and proof.
    ///
    /// `target` is the path that was asked for; a query behind it is left out.
    package init(
        conversions: [HashedEvent], from source: VerifiedSource, parameters: ConversionParameters, target: String,
        userAgent: String? = nil
    ) {
        var headers = [(name: "content-type", value: "application/json")]
        if let userAgent { headers.append((name: "user-agent", value: userAgent)) }
        self.init(
            kind: .conversions, app: source.name,
            request: CapturedRequest(
                method: "POST", target: QueryText.path(ofTarget: target), headers: headers,
                body: Self.body(of: conversions, parameters)))
    }

    /// In canonical form: of all keys `data` comes first.
    private static func body(of conversions: [HashedEvent], _ parameters: ConversionParameters) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(conversions.count * 1_200 + 64)
        out.append(contentsOf: #"{"data":["#.utf8)
        for (index, event) in conversions.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            event.write(to: &out)
        }
        out.append(UInt8(ascii: "]"))
        for member in parameters.members.sorted(by: { $0.key < $1.key }) {
            out.append(UInt8(ascii: ","))
            JSON.string(member.key).write(to: &out, sortedKeys: true)
            out.append(UInt8(ascii: ":"))
            member.value.write(to: &out, sortedKeys: true)
        }
        out.append(UInt8(ascii: "}"))
        return out
    }

    /// Events of a delivery that was verified and stored, mended: they go the way of that delivery once more, with what it said beside them.
    ///
    /// `target`: its path, or that of the dataset which a copy is for.
    package init(mended: [HashedEvent], of app: String, as request: CapturedRequest, target: String) {
        self.init(
            kind: .conversions, app: app,
            request: CapturedRequest(
                method: request.method, target: target, headers: request.headers.map { (name: $0.name, value: $0.value) },
                body: Self.body(of: mended, ConversionDecoder.parameters(of: request.body))))
    }

    /// What a callback said: `{"issued_at": …, "user_id": …}`, without the signed text, which may hold a token.
    package init(callback: VerifiedCallback, target: String) {
        var members = [JSONObject.Member(key: "user_id", value: .string(callback.userID))]
        if let issued = callback.issuedAtSeconds { members.append(JSONObject.Member(key: "issued_at", value: .integer(issued))) }
        self.init(
            kind: .callback, app: callback.app,
            request: CapturedRequest(
                method: "POST", target: QueryText.path(ofTarget: target),
                headers: [(name: "content-type", value: "application/json")],
                body: JSON.object(JSONObject(members)).bytes(sortedKeys: true)))
    }
}
