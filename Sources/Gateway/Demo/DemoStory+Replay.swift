import Core

extension DemoStory {
    /// What was captured of the story, and the ad that nothing but a replay tells of.
    struct Captured: Sendable {
        var sale: JSON = .null
        var ad: DemoEntity?
    }

    /// Captured requests are sent again by the program's own command: byte for byte, with the answers that lie beside them; and
    /// signed anew with their times moved, because Meta takes no sale of last month.
    mutating func addReplays(_ fixtures: DemoFixtures) throws(DemoError) {
        var files: [DemoReplay.File] = []
        for group in ["deliveries", "refused"] {
            let names = fixtures.requests.map(\.name).filter { $0.hasPrefix(group + "/") }
            for name in shuffled(names).prefix(group == "refused" ? 2 : 5) { files.append(try fixtures.file(name)) }
        }
        for file in files {
            guard file.expectedStatus == 200 else {
                expectation.refused += 1
                continue
            }
            let changes = fixtures.changes[file.name] ?? 0
            (expectation.accepted, expectation.changes) = (expectation.accepted + 1, expectation.changes + changes)
            expectation.duplicates += changes
        }
        replays.append(DemoReplay(name: "as-captured", options: [], files: files.map(\.flat)))
        guard let ad = captured.ad, let shop = workspaces.first(where: { $0.name == "shop" }),
            let source = sources.first(where: { $0.name == "shop" })
        else { return }
        replays.append(DemoReplay(name: "signed-anew", options: ["--resign", "--shift-times"], files: old(ad, shop, source)))
        expectation.touch(shop, shop.lineage(of: ad))
        expectation.accepted += 3
        expectation.changes += 3
        expectation.duplicates += 1
        expectation.conversions += 1
        expectation.ownEvents += 1
        expectation.replayed = replays.reduce(0) { $0 + $1.files.count }
    }

    /// A sale and a change of last month, and a sale that has been told already.
    private mutating func old(_ ad: DemoEntity, _ shop: DemoWorkspace, _ source: DemoSource) -> [DemoReplay.File] {
        let then = nowMs / 1_000 - 30 * 86_400 - draw(0...9_999)
        let sale: JSON = [
            "event_name": "Purchase", "event_time": .integer(then), "event_id": .string("order-\(newLeadID())"),
            "action_source": "website",
            "event_source_url": .string("https://shop.example/danke?hsa_ad=\(ad.ref.id)"),
            "user_data": [
                "em": .string("Captured.\(newLeadID())@Example.NET"), "client_user_agent": "Mozilla/5.0 (X11; Linux x86_64)",
            ],
            "custom_data": ["value": .number("0.\(draw(1...9))0"), "currency": "EUR", "consent": "granted"],
        ]
        let target = "/v26.0/\(source.dataset)/events"
        let notice = DemoNotification.body("ad_account", [(shop.accountID, then, [DemoNotification.statusChanged(ad.ref)])])
        return [
            Self.captured("1-old-sale", target, (["data": .array([sale])] as JSON).bytes()),
            Self.captured("2-known-sale", target, (["data": .array([captured.sale])] as JSON).bytes()),
            Self.captured(
                "3-old-change", "/webhooks/meta", notice,
                more: "X-Hub-Signature-256: \(DemoRequest.signature(of: notice, secret: "of another app"))\r\n"),
        ]
    }

    private static func captured(_ name: String, _ target: String, _ body: [UInt8], more: String = "") -> DemoReplay.File {
        let head = "POST \(target) HTTP/1.1\r\nHost: touchstone.example\r\nContent-Type: application/json\r\n\(more)"
        return DemoReplay.File(
            name: name, bytes: Array("\(head)Content-Length: \(body.count)\r\n\r\n".utf8) + body, expectedStatus: 200)
    }
}

extension DemoReplay.File {
    /// Under a name without folders.
    fileprivate var flat: DemoReplay.File {
        DemoReplay.File(
            name: String(name.map { $0 == "/" ? "-" : $0 }), bytes: bytes, expectation: expectation,
            expectedStatus: expectedStatus)
    }
}
