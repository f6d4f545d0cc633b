import Core
import Foundation
import Signing
import Testing

@Suite("Conversions as they are kept")
struct HashedEventTests {
    static let nowMs: Int64 = 1_767_225_700_000

    private func kept(_ body: String, without: WithoutConsent = .send, dataset: String = "987") throws -> Envelope {
        let request = try ConversionRequest.parse(Array(body.utf8)).get()
        let policy = ConsentPolicy(path: ["custom_data", "consent"], without: without)
        let check = ConversionCheck(request, consent: policy, nowMs: Self.nowMs)
        #expect(check.refusal == nil)
        let sources = [SourceSecrets(name: "shop", tokens: ["Token1"], secrets: [], datasets: [dataset])]
        let source = try SourceCheck.verify(
            token: request.accessToken, proof: nil, timeSeconds: nil, dataset: dataset, sources: sources, nowSeconds: 0
        ).get()
        return Envelope(
            conversions: check.events.map { HashedEvent($0) }, from: source, parameters: request.parameters,
            target: "/v26.0/987/events?access_token=Token1", userAgent: "shop/1.0")
    }

    static let body = #"""
        {"access_token":"Token1","appsecret_proof":"Proof1","test_event_code":"TEST1","partner_agent":null,"id":"987","data":[
        {"event_name":"Purchase","event_time":1767225600,"action_source":"website","event_id":7,
        "event_source_url":"https://s.example/?q=1","custom_data":{"value":129.90,"currency":"eur","consent":"yes"},
        "user_data":{"em":["John_Smith@gmail.com","john_smith@GMAIL.com","62A14E44F765419D10FEA99367361A727C12365E2520F32218D505ED9AA0F62F"],"ph":"+1 (650) 555-1212","fn":"Canary",
        "country":"United States","external_id":"Cust-42","client_user_agent":"x",
        "ln":"6915771BE1C5AA0C886870B6951B03D7EAFC121FEA0E80A5EA83BEB7C449F4EC.AQQCAQIB","lead_id":12345678901234567}}]}
        """#

    @Test("an event is kept hashed, sorted, to the byte; token and proof are not")
    func bytes() throws {
        let envelope = try kept(Self.body)
        let wanted = #"""
            {"data":[{"_touchstone":{"consent":"granted","forward":true},"action_source":"website",\#
            "custom_data":{"consent":"yes","currency":"eur","value":129.90},"event_id":"7","event_name":"Purchase",\#
            "event_source_url":"https://s.example/?q=1","event_time":1767225600,"user_data":{"client_user_agent":"x",\#
            "country":["79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621"],\#
            "em":["62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"],\#
            "external_id":["\#(SHA256.hex(Array("Cust-42".utf8)))"],"fn":["\#(SHA256.hex(Array("canary".utf8)))"],\#
            "lead_id":"12345678901234567",\#
            "ln":["6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec.AQQCAQIB"],\#
            "ph":["e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176"]}}],"test_event_code":"TEST1"}
            """#
        #expect(String(decoding: envelope.request.body, as: UTF8.self) == wanted)
        #expect(envelope.kind == .conversions)
        #expect(envelope.app == "shop")
        #expect(envelope.request.method == "POST")
        #expect(envelope.request.target == "/v26.0/987/events")
        #expect(envelope.request.values(of: "content-type") == ["application/json"])
        #expect(envelope.request.values(of: "user-agent") == ["shop/1.0"])
    }

    @Test("nothing that was sent in the clear, no token and no proof are in what is kept")
    func canaries() throws {
        for without in WithoutConsent.allCases {
            let envelope = try kept(Self.body.replacing(#""yes""#, with: #""no""#), without: without)
            let text = String(decoding: envelope.request.encode(), as: UTF8.self).lowercased()
            for word in ["john", "canary", "650", "cust-42", "united", "token1", "proof1"] {
                #expect(!text.contains(word), "\(word)")
            }
        }
    }

    @Test(
        "the mark says what becomes of an event",
        arguments: [
            (.send, #"{"consent":"sent_without","forward":true}"#),
            (.strip, #"{"consent":"stripped","forward":false,"reason":"no_match_keys"}"#),
            (.drop, #"{"consent":"dropped","forward":false,"reason":"no_consent"}"#),
        ] as [(WithoutConsent, String)])
    func marks(_ without: WithoutConsent, _ mark: String) throws {
        let envelope = try kept(Self.body.replacing(#""yes""#, with: "false"), without: without)
        let event = try JSON.parse(envelope.request.body)["data"]?[0]
        #expect(event?["_touchstone"]?.encoded(sortedKeys: true) == mark)
        #expect((event?["user_data"]?["em"] != nil) == (without == .send))
    }

    @Test("an MD5 and an older key go on as they should")
    func olderKeys() throws {
        let user =
            #"{"em":"5d41402abc4b2a76b9719d911017c592","f5first":"George","fi":"G","doby":1997,"dobm":"2","dobd":"16","madid":"M-1"}"#
        let body =
            #"{"access_token":"Token1","data":[{"event_name":"Lead","event_time":1767225600,"action_source":"other","user_data":\#(user)}]}"#
        let data = try JSON.parse(try kept(body).request.body)["data"]?[0]?["user_data"]
        func hash(_ text: String) -> JSON { [.string(SHA256.hex(Array(text.utf8)))] }
        #expect(data?["em"] == ["5d41402abc4b2a76b9719d911017c592"])
        #expect(data?["f5first"] == hash("georg"))
        #expect(data?["fi"] == hash("g"))
        #expect(data?["doby"] == hash("1997"))
        #expect(data?["dobm"] == hash("02"))
        #expect(data?["dobd"] == hash("16"))
        #expect(data?["madid"] == "M-1")
    }

    @Test(
        "what follows the path is left out, whatever stands behind its mark",
        arguments: ["?Canary", "?\u{301}Canary", "??Canary"])
    func targets(_ rest: String) throws {
        let body = #"{"algorithm":"HMAC-SHA256","user_id":"1"}"#
        let payload = Data(body.utf8).base64EncodedString().replacing("=", with: "")
        let signature = Data(HMACSHA256.bytes(key: [115], Array(payload.utf8))).base64EncodedString()
        let apps = [AppSecrets(app: "a", secrets: ["s"])]
        let callback = try SignedRequest.verify("\(signature).\(payload)", apps: apps).get()
        #expect(Envelope(callback: callback, target: "/987/events" + rest).request.target == "/987/events")
        #expect(ConversionDecoder.dataset(ofTarget: "/987/events" + rest) == "987")
    }

    @Test("kinds are stored under words that stay")
    func kinds() {
        #expect(EnvelopeKind.allCases.map(\.rawValue) == ["webhook", "conversions", "callback"])
    }
}
