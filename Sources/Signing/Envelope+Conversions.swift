package import Core

extension Envelope {
    /// The events of one request as they are kept: `{"data": […], "test_event_code": …}`, keys sorted, without token and proof.
    ///
    /// `target` is the path that was asked for; a query behind it is left out.
    package init(
        conversions: [HashedEvent], from source: VerifiedSource, parameters: ConversionParameters, target: String,
        userAgent: String? = nil
    ) {
        let data = JSONObject.Member(key: "data", value: .array(conversions.map(\.json)))
        let body = JSON.object(JSONObject([data] + parameters.members))
        var headers = [(name: "content-type", value: "application/json")]
        if let userAgent { headers.append((name: "user-agent", value: userAgent)) }
        self.init(
            kind: .conversions, app: source.name,
            request: CapturedRequest(
                method: "POST", target: QueryText.path(ofTarget: target), headers: headers, body: body.bytes(sortedKeys: true))
        )
    }

    /// Events of a delivery that was verified and stored, mended: they go the way of that delivery once more, with what it said beside them.
    package init(mended: [HashedEvent], of app: String, as request: CapturedRequest) {
        let data = JSONObject.Member(key: "data", value: .array(mended.map(\.json)))
        let body = JSON.object(JSONObject([data] + ConversionDecoder.parameters(of: request.body).members))
        self.init(
            kind: .conversions, app: app,
            request: CapturedRequest(
                method: request.method, target: request.target, headers: request.headers.map { (name: $0.name, value: $0.value) },
                body: body.bytes(sortedKeys: true)))
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
