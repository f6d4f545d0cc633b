import Core

extension DemoStory {
    /// Puts a delivery that must be accepted into an act.
    mutating func add(_ request: DemoRequest, changes: Int, duplicates: Int = 0, second: Bool = false) {
        expectation.accepted += 1
        expectation.changes += changes
        expectation.duplicates += duplicates
        if second { secondAct.append(request) } else { firstAct.append(request) }
    }

    private mutating func refuse(_ request: DemoRequest) {
        expectation.refused += 1
        firstAct.append(request)
    }

    mutating func addHandshakes() {
        let challenge = String(draw(1_000_000_000...9_999_999_999))
        func handshake(_ name: String, token: String, status: Int, body: String?) -> DemoRequest {
            DemoRequest(
                name: name, kind: .handshake, method: "GET",
                target: "/webhooks/meta?hub.mode=subscribe&hub.challenge=\(challenge)&hub.verify_token=\(token)", headers: [],
                body: [],
                expectedStatus: status, expectedBody: body)
        }
        firstAct.append(handshake("handshake", token: keys.verifyToken, status: 200, body: challenge))
        firstAct.append(handshake("handshake-wrong-token", token: "someone-elses", status: 403, body: nil))
    }

    /// What nobody here owns, what no route takes, what can't be read, and nothing at all: all signed, so kept and answered 200.
    mutating func addStrangers() {
        let stranger = EntityRef(.ad, newID())
        add(
            .signed(
                "unassigned-account",
                DemoNotification.body(
                    "ad_account", [("999999999999", nextEntryTime(), [DemoNotification.statusChanged(stranger)])]),
                secret: keys.appSecret), changes: 1)
        expectation.unrouted += 1
        add(
            .signed(
                "unrouted-permissions",
                DemoNotification.body(
                    "permissions",
                    [
                        (
                            newID(), nextEntryTime(),
                            [
                                ["field": "ads_management", "value": ["verb": "granted", "target_ids": [.string(newID())]]]
                            ]
                        )
                    ]), secret: keys.appSecret), changes: 1)
        expectation.undecodable += 1
        expectation.unrouted += 1
        add(.signed("undecodable", Array("<html>not JSON, but signed</html>".utf8), secret: keys.appSecret), changes: 1)
        add(.signed("empty-batch", DemoNotification.body("page", []), secret: keys.appSecret), changes: 0)
        repeatDeliveries()
    }

    /// The second act: a delivery byte for byte, and two of its changes in a batch of another shape.
    private mutating func repeatDeliveries() {
        guard let funnel = firstAct.first(where: { $0.name == "funnel-26-campaigns" }),
            let document = try? JSON.parse(funnel.body)
        else { return }
        add(.signed("funnel-exact-copy", funnel.body, secret: keys.appSecret), changes: 26, duplicates: 26, second: true)
        var entry = JSONObject(document["entry"]?[0]?.members.map { .init(key: $0.key, value: $0.value) } ?? [])
        entry["changes"] = .array(Array(document["entry"]?[0]?["changes"]?.items.prefix(2) ?? []))
        let regrouped: JSON = ["entry": [.object(entry)], "object": "ad_account"]
        add(.signed("funnel-regrouped", regrouped.bytes(), secret: keys.appSecret), changes: 2, duplicates: 2, second: true)
    }

    /// Requests that must be refused and leave no trace. Each names an idle campaign: one let through would show as a read.
    mutating func addRefused() {
        guard let funnel = workspaces.first(where: { $0.name == "funnel" }), let idle = funnel.campaigns.last else { return }
        let body = { (time: Int64) in
            DemoNotification.body("ad_account", [(funnel.accountID, time, [DemoNotification.statusChanged(idle.ref)])])
        }
        func post(
            _ name: String, _ bytes: [UInt8], _ headers: [(name: String, value: String)], target: String = "/webhooks/meta",
            status: Int = 401
        ) -> DemoRequest {
            DemoRequest(
                name: name, kind: .refused, method: "POST", target: target,
                headers: [("Content-Type", "application/json")] + headers, body: bytes,
                expectedStatus: status)
        }
        let bytes = body(nextEntryTime())
        let good = DemoRequest.signature(of: bytes, secret: keys.appSecret)
        let header = "X-Hub-Signature-256"
        var altered = bytes
        altered[altered.count / 2] ^= 1
        refuse(post("unsigned", bytes, []))
        refuse(post("one-bit-altered", altered, [(header, good)]))
        refuse(post("wrong-secret", bytes, [(header, DemoRequest.signature(of: bytes, secret: "not-the-secret"))]))
        refuse(post("signature-too-short", bytes, [(header, String(good.dropLast()))]))
        refuse(post("signature-without-prefix", bytes, [(header, String(good.dropFirst(7)))]))
        refuse(post("signature-twice", bytes, [(header, good), (header, good)]))
        refuse(post("sha1-only", bytes, [("X-Hub-Signature", "sha1=0123456789abcdef0123456789abcdef01234567")]))
        refuse(post("unknown-app", bytes, [(header, good)], target: "/webhooks/meta/nobody", status: 404))
        refuse(post("packed", bytes, [(header, good), ("Content-Encoding", "gzip")], status: 415))
        let spaces = [UInt8](repeating: 0x20, count: Limits.deliveryBytesMax + 1)
        let signature = (header, DemoRequest.signature(of: spaces, secret: keys.appSecret))
        refuse(post("too-long", spaces, [signature], status: 413))
        var inPieces = post("too-long-in-pieces", spaces, [signature], status: 413)
        inPieces.inPieces = true
        refuse(inPieces)
    }
}
