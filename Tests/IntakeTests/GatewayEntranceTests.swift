import Core
import Intake
import Signing
import Storage
import TestSupport
import Testing

@Suite("The entrance of Meta's own gateway, over real TLS", .serialized)
struct GatewayEntranceTests {
    /// What Java's SDK writes with Gson: `=` as `\u003d`, `extinfo` as an object, custom properties in an object of their own.
    private static func gson(_ time: Int64) -> String {
        #"{"accessKey":"\#(Shop.token)","data":[{"event_name":"Purchase","event_time":\#(time),"event_source_url":"https://shop.example/thanks?order\u003d1","event_id":"order-1","user_data":{"em":["Jane.Doe@shop.example"],"client_user_agent":"Mozilla/5.0"},"custom_data":{"value":129.9,"currency":"EUR","customProperties":{"consent":"true","loyalty":"gold","value":"1"}},"action_source":"website","app_data":{"application_tracking_enabled":false,"advertiser_tracking_enabled":true,"consider_views":false,"extinfo":{"extendedDeviceInfoArray":["a2","com.some.app",null,null,"14",null,null,null,null,null,null,null,null,null,null,null]}}}]}"#
    }

    @Test("what Java's SDK sends is taken with 202 and stored as the Graph API documents it", arguments: Curl.Version.allCases)
    func gson(version: Curl.Version) async throws {
        let port = try await PublicPort.start(sources: [Shop.source()])
        var curl = port.curl
        curl.version = version
        let request = WebRequest(
            "POST", Door.gateway.path,
            headers: [("Content-Type", "application/json; charset=utf-8"), ("User-Agent", "okhttp/4.12")],
            body: Array(Self.gson(Shop.nowSeconds - 60).utf8))
        let answer = try await curl.send(request)
        AnswerRule.expectTaken(answer, status: 202, "Java")
        let delivery = try #require(try await port.deliveries().first?.request)
        #expect(ConversionDecoder.dataset(ofTarget: delivery.target) == Shop.dataset)
        let text = String(decoding: delivery.body, as: UTF8.self)
        #expect(!text.contains(Shop.token) && !text.contains("Jane"))
        let event = try #require(try JSON.parse(delivery.body)["data"]?[0])
        #expect(event["event_source_url"] == "https://shop.example/thanks?order=1")
        #expect(event["custom_data"]?["customProperties"] == nil)
        #expect(event["custom_data"]?["loyalty"] == "gold")
        #expect(event["custom_data"]?["value"] == .number("129.9"))
        let info = event["app_data"]?["extinfo"]?.items.map { $0.text ?? "?" }
        #expect(info == ["a2", "com.some.app", "", "", "14"] + Array(repeating: "", count: 11))
        #expect(event["app_data"]?["application_tracking_enabled"] == false)
        // Consent was found where the source looks for it: among the custom properties.
        #expect(event["_touchstone"]?["consent"] == "granted")
        #expect(event["user_data"]?["em"]?[0]?.text == SHA256.hex(Array("jane.doe@shop.example".utf8)))
        await port.stop()
    }

    /// What proves the sender, at which entrance, and the status of the answer.
    static let proofs: [(name: String, path: String, more: [(String, JSON)], status: Int)] = [
        ("accessKey", Door.gateway.path, [("accessKey", .string(Shop.token))], 202),
        ("access_token", Door.gateway.path, [("access_token", .string(Shop.token))], 202),
        (
            "accessKey counts before access_token", Door.gateway.path,
            [("accessKey", .string(Shop.token)), ("access_token", "other")], 202
        ),
        (
            "a wrong proof is not looked at", Door.gateway.path, [("accessKey", .string(Shop.token)), ("appsecret_proof", "0")],
            202
        ),
        ("a wrong accessKey", Door.gateway.path, [("accessKey", "other"), ("access_token", .string(Shop.token))], 401),
        ("none", Door.gateway.path, [], 401),
        ("a foreign dataset", "/capi/555/events", [("accessKey", .string(Shop.token))], 400),
        ("control: the Graph API's path asks for a proof", Shop.path, [("access_token", .string(Shop.token))], 400),
        ("control: accessKey is no token there", Shop.path, [("accessKey", .string(Shop.token))], 401),
    ]

    @Test("a source with a secret needs its token here, and no proof: the SDKs' class has no place for one")
    func tokens() async throws {
        let port = try await PublicPort.start(sources: [Shop.source()])
        let requests = Self.proofs.map { Shop.request(Shop.body([Shop.purchase()], $0.more), $0.path) }
        for (proof, answer) in zip(Self.proofs, try await port.curl.send(requests)) {
            #expect(answer.status == proof.status, "\(proof.name): \(answer.body)")
        }
        #expect(try await port.deliveries().count == Self.proofs.count { $0.status == 202 })
        await port.stop()
    }

    @Test("the token of a shop or a CRM, whose webhooks are signed, opens nothing where no proof is asked for")
    func signedSources() async throws {
        let kinds: [SourceKind] = [.shopify, .woocommerce, .crm, .sdk]
        let port = try await PublicPort.start(
            sources: kinds.map { kind in
                let secrets = SourceSecrets(
                    name: kind.rawValue, tokens: ["token-of-\(kind)"], secrets: [Shop.secret], datasets: [Shop.dataset])
                return IntakeSource(
                    secrets: secrets, consent: ConsentPolicy(path: ["consent"], without: .send), policy: SourcePolicy(kind: kind))
            })
        for kind in kinds {
            let token = "token-of-\(kind)"
            let unproven = Shop.body([Shop.purchase()], [("accessKey", .string(token))])
            let proven = Shop.body(
                [Shop.purchase()],
                [
                    ("access_token", .string(token)),
                    ("appsecret_proof", .string(AppSecretProof.hex(token: token, secret: Shop.secret))),
                ])
            let answers = try await port.curl.send([
                Shop.request(unproven, Door.gateway.path), Shop.request(proven),
            ])
            #expect(answers.map(\.status) == [kind == .sdk ? 202 : 401, 200], "\(kind)")
        }
        await port.stop()
    }

    @Test("control: at the Graph API's path nobody writes like Gson, and nothing of it is mended")
    func graph() async throws {
        let port = try await PublicPort.start(sources: [Shop.source(secret: nil)])
        let body = Self.gson(Shop.nowSeconds - 60).replacing("accessKey", with: "access_token")
        let request = WebRequest("POST", Shop.path, headers: [("Content-Type", "application/json")], body: Array(body.utf8))
        let answer = try await port.curl.send(request)
        #expect(answer.status == 200, "\(answer.body)")
        let event = try JSON.parse(try #require(try await port.deliveries().first?.request?.body))["data"]?[0]
        #expect(event?["custom_data"]?["customProperties"]?["loyalty"] == "gold")
        #expect(event?["_touchstone"]?["consent"] == "sent_without")
        await port.stop()
    }
}
