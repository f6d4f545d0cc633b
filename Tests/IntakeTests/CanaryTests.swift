import Core
import Intake
import Signing
import Storage
import TestSupport
import Testing

@Suite("What a person wrote, and secrets", .serialized)
struct CanaryTests {
    private static let person = "canary.5521@people.example"
    private static let thing = "canary-thing-5522"
    private static let query = "canary-query-5523"
    private static let stranger = "canary-stranger-5524"
    private static let userID = "55255525552555"

    /// The same in every form and by every entrance, with the status of its answer.
    private static func everyEntrance(_ good: JSON, _ bad: JSON) -> [(request: WebRequest, status: Int)] {
        let signed = Shop.signed.map { ($0.0, $0.1.text ?? "") }
        let query = signed.map { "\($0.0)=\($0.1)" }.joined(separator: "&")
        func fields(_ event: JSON) -> [(String, String)] { signed + [("data", JSON.array([event]).encoded())] }
        func form(_ type: String, _ body: [UInt8]) -> WebRequest {
            WebRequest("POST", Shop.path, headers: [("Content-Type", type)], body: body)
        }
        func tried(_ event: JSON) -> WebRequest {
            var request = Door.own.request([event])
            request.target += "?validate=only"
            return request
        }
        let parts = Forms.multipart(fields(good))
        let inQuery = "\(Shop.path)?\(query)&data=\(Forms.escaped(JSON.array([good]).encoded()))"
        return [
            (form(Forms.urlencodedType, Forms.urlencoded(fields(good))), 200),
            (form(Forms.urlencodedType, Forms.urlencoded(fields(bad))), 400), (form(Forms.multipartType, parts), 200),
            (form(Forms.multipartType, Array(parts.dropLast(4))), 400),
            (form(Forms.multipartType, Forms.multipart(fields(bad))), 400),
            (WebRequest("POST", inQuery, headers: [("Content-Type", Forms.urlencodedType)], body: []), 200),
            (Door.gateway.request([good]), 202), (Door.gateway.request([bad]), 400), (Door.own.request([good]), 200),
            (Door.own.request([bad]), 400), (tried(good), 200), (tried(bad), 200),
        ]
    }

    @Test("nothing of conversions and callbacks lies open in the database, its log, the answers or the lines of the log")
    func nowhere() async throws {
        let port = try await PublicPort.start(sources: [Shop.source()])
        let good = Shop.purchase().with("user_data.em", .string(Self.person)).with("custom_data.order_note", .string(Self.thing))
            .with("event_source_url", .string("https://shop.example/?token=\(Self.query)"))
        let bad = good.with("user_data.email", .string(Self.person)).with(Self.thing, .string(Self.thing))
        let callback = CallbackTests.signed([
            "user_id": .string(Self.userID), "algorithm": "HMAC-SHA256", "issued_at": 1_700_000_000,
        ])
        let answers = try await port.curl.send(
            [
                Shop.request(Shop.body([good]), "\(Shop.path)?access_token=\(Shop.token)&utm=\(Self.query)"),
                Shop.request(Shop.body([bad]), "\(Shop.path)?email=\(Self.person)"),
                Shop.request(Shop.body([good], [("access_token", .string(Self.stranger))])),
                CallbackTests.form(callback, to: "/callbacks/meta/data-deletion"),
                CallbackTests.form(callback + Self.stranger, to: "/callbacks/meta/deauthorize"),
            ] + Self.everyEntrance(good, bad).map(\.request))
        #expect(answers.map(\.status) == [200, 400, 401, 200, 401] + Self.everyEntrance(good, bad).map(\.status))
        let stored = try await port.deliveries()
        let plain = stored.map { String(decoding: $0.request?.body ?? [], as: UTF8.self) }.joined()
        // What was accepted is there, sealed; the address only as its hash, and the URL's query of the request not at all.
        #expect(plain.contains(Self.thing) && plain.contains(Self.userID) && plain.contains("?token=\(Self.query)"))
        #expect(!plain.contains(Self.person) && plain.contains(SHA256.hex(Array(Self.person.utf8))))
        #expect(!plain.contains(Shop.token))

        let secrets = [
            Self.person, SHA256.hex(Array(Self.person.utf8)), Self.thing, Self.query, Self.stranger, Self.userID, Shop.token,
            Shop.secret,
        ]
        for secret in secrets {
            #expect(!port.place.filesHold(secret), "\(secret) in the database")
            #expect(!port.log.lines.contains { $0.contains(secret) }, "\(secret) in the log")
            #expect(!answers.contains { $0.body.contains(secret) || $0.head.contains(secret) }, "\(secret) in an answer")
        }
        // The search finds what does lie open: the name of the source.
        #expect(port.place.filesHold("shop"))
        #expect(port.log.lines.count > 3)
        await port.stop()
    }
}
