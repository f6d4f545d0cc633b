import Core
import Foundation
import Signing
import TestSupport
import Testing

@testable import Gateway

@Suite("A capture")
struct CaptureTests {
    static let scrubber = Scrubber(key: Array("key of the tests".utf8))

    /// What a person wrote or what names one, in every place where it can stand.
    static let documents: [(name: String, text: String, canaries: [String])] = [
        (
            "a comment",
            #"{"object":"page","entry":[{"id":"7243","time":1707211879,"changes":[{"field":"feed","value":{"item":"comment","verb":"add","from":{"id":"24000000000000777","name":"Jana Kanarek"},"message":"Call me on +48 601 234 567","post_id":"7243_11","comment_id":"11_22","created_time":1707211876,"post":{"permalink_url":"https://www.facebook.com/jana.kanarek/posts/1"}}}]}]}"#,
            ["24000000000000777", "Jana", "Kanarek", "601 234 567", "Call", "jana.kanarek"]
        ),
        (
            "a message",
            #"{"object":"page","entry":[{"id":"7243","time":1707211879000,"messaging":[{"sender":{"id":"24000000000000777"},"recipient":{"id":"7243"},"timestamp":1707211879000,"message":{"mid":"m_abc","text":"My address is Elm Street 5"}}]}]}"#,
            ["24000000000000777", "Elm", "address"]
        ),
        (
            "a user's address",
            #"{"object":"user","entry":[{"id":"7","uid":"24000000000000777","time":1707211879,"changes":[{"field":"email","value":"jana@kanarek.example"}]}]}"#,
            ["24000000000000777", "kanarek", "jana"]
        ),
        (
            "a WhatsApp message",
            #"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"metadata":{"display_phone_number":"48601234567","phone_number_id":"99"},"contacts":[{"profile":{"name":"Jana Kanarek"},"wa_id":"48601777777"}],"messages":[{"from":"48601777777","id":"wamid.HBgL","timestamp":"1707211879","text":{"body":"Elm Street"}}]}}]}]}"#,
            ["48601234567", "48601777777", "Jana", "Elm"]
        ),
        (
            "a conversion",
            #"{"data":[{"event_name":"Purchase","event_time":1785000000,"event_id":"order-1001","action_source":"website","event_source_url":"https://shop.example/u/jana?ad_id=120250784238480294&email=jana%40kanarek.example","user_data":{"em":["jana@kanarek.example"],"ph":"48601234567","fn":"Jana","client_ip_address":"83.12.34.56","client_user_agent":"Kanarek/1.0","fbc":"fb.1.1785000000000.KanarekClickID"},"custom_data":{"value":49.9,"currency":"EUR","note":"gift for Jana"}}]}"#,
            ["jana", "Jana", "kanarek", "48601234567", "83.12.34.56", "Kanarek", "gift"]
        ),
        (
            "keys that are people",
            #"{"data":[{"jana@kanarek.example":1,"user_data":{"48601234567":"x"},"custom_data":{"Jana Kanarek":{"Elm Street":[{"+48 601":1}]}}}]}"#,
            ["jana", "48601234567", "Jana", "Elm", "+48"]
        ),
    ]

    @Test("what names a person or what a person wrote is replaced, everywhere", arguments: documents)
    func replaced(name: String, text: String, canaries: [String]) throws {
        let document = try JSON.parse(Array(text.utf8))
        let scrubbed = Self.scrubber.scrubbed(document).encoded()
        for canary in canaries {
            #expect(text.contains(canary), "the canary is not in \(name)")
            #expect(!scrubbed.contains(canary), "\(canary) is still in \(name)")
        }
    }

    @Test("times, ids of ads and posts, and Meta's own words stay; the same person is the same fake")
    func kept() throws {
        let comment = try JSON.parse(Array(Self.documents[0].text.utf8))
        let scrubbed = Self.scrubber.scrubbed(comment)
        let value = try #require(scrubbed["entry"]?[0]?["changes"]?[0]?["value"])
        #expect(value["comment_id"]?.text == "11_22")
        #expect(value["created_time"]?.integer == 1_707_211_876)
        #expect(value["verb"]?.text == "add")
        let author = try #require(value["from"]?["id"]?.text)
        #expect(author.utf8.count == 17 && author.utf8.allSatisfy { (0x30...0x39).contains($0) })
        let message = try JSON.parse(Array(Self.documents[1].text.utf8))
        #expect(Self.scrubber.scrubbed(message)["entry"]?[0]?["messaging"]?[0]?["sender"]?["id"]?.text == author)
        let other = Scrubber(key: Array("another key".utf8))
        #expect(other.scrubbed(comment)["entry"]?[0]?["changes"]?[0]?["value"]?["from"]?["id"]?.text != author)
        let conversion = try JSON.parse(Array(Self.documents[4].text.utf8))
        let url = try #require(Self.scrubber.scrubbed(conversion)["data"]?[0]?["event_source_url"]?.text)
        #expect(url.hasPrefix("https://shop.example/?ad_id=120250784238480294&"))
    }

    @Test("plain keys and Meta's places in a text stay; others become keys of their own, the same each time")
    func keys() throws {
        let document = try JSON.parse(
            Array(#"{"message_tags":{"19":[{"name":"x"}]},"a-b_9":1,"j@k.example":1,"l@k.example":2}"#.utf8))
        let keys = Self.scrubber.scrubbed(document).members.map(\.key)
        #expect(keys.prefix(2) == ["message_tags", "a-b_9"])
        #expect(Self.scrubber.scrubbed(document)["message_tags"]?["19"] != nil)
        #expect(Set(keys).count == 4)
        #expect(keys == Self.scrubber.scrubbed(document).members.map(\.key))
    }

    @Test("every public payload keeps its events' kinds and what they name", arguments: Fixture.all(in: "deliveries"))
    func sameEvents(path: String) throws {
        let body = try Fixture(path).body
        let decode = { (bytes: [UInt8]) in
            WebhookDecoder.decode(bytes, receivedAtMs: 0, digest: SHA256.hex, conceal: { $0 })
        }
        let (before, after) = (decode(body), decode(Self.scrubber.scrubbed(body: body)))
        #expect(before.map(\.kind) == after.map(\.kind))
        #expect(before.map(\.entities) == after.map(\.entities))
        #expect(before.map(\.occurredAtMs) == after.map(\.occurredAtMs))
    }
}
