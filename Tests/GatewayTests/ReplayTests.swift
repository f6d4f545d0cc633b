import Core
import Foundation
import Signing
import TestSupport
import Testing

@testable import Gateway

/// A configuration that tests of captured requests share: nothing of it is on this machine.
enum Rehearsed {
    static func settings(rules: String = "", threshold: String = "3") throws -> Settings {
        let rule = """
            rules:
              - name: stop
                workspace: belmonte
                scope: {level: campaign}
                when: {metric: roas, window: last_7d, is: "> \(threshold)"}
                then: [pause]
                mode: active
            """
        let folder = try SettingsCases.folder(with: ["rules.yaml": rules.isEmpty ? rule : rules])
        defer { try? FileManager.default.removeItem(at: folder) }
        let text = """
            listen:  {address: "127.0.0.1:8443", certificate: certs/missing.pem, private_key: certs/missing.key}
            admin:   {address: "127.0.0.1:9443", token: "${REHEARSED_ADMIN}"}
            storage: {url: "sqlite:var/touchstone.db"}
            graph:   {base_url: "https://graph.facebook.com", version: v26.0, writes: on}
            keys:    {current: "${REHEARSED_KEY}"}
            apps:
              - {name: main, id: "123", secrets: ["${REHEARSED_SECRET}"], verify_token: "${REHEARSED_VERIFY}"}
            workspaces:
              - {name: belmonte, app: main, token: "${REHEARSED_TOKEN}", accounts: [act_1], act_on: [act_1], pages: ["7243"], instagram: ["17841400"]}
            sources:
              - {name: shop, workspace: belmonte, token: "${REHEARSED_SOURCE}", secret: "${REHEARSED_PROOF}", datasets: ["987654321"],
                 consent: {from: custom_data.consent, without: drop}}
            destinations:
              - {name: crm, url: "${REHEARSED_URL}", secret: "${REHEARSED_HOOK}"}
              - {name: old-app, url: "https://shop.example/webhook", as: received}
            routes:
              - {name: leads, match: {object: page, field: leadgen}, chain: [fetch_lead, store_lead, {forward_lead: crm}, touch]}
              - {name: comments, match: {object: page, field: feed}, chain: [resolve_ad, store_engagement, touch]}
              - {name: ig, match: {object: instagram, field: [comments, live_comments]}, chain: [resolve_ad, store_engagement, touch]}
              - {name: account, match: {object: [ad_account, application]}, chain: [touch]}
              - {name: sales, match: {object: conversion}, chain: [forward_conversion, attribute, touch]}
              - {name: pass, match: {object: "*"}, chain: [{forward: old-app}]}
            rules: [rules.yaml]
            """
        let reader = ConfigurationReader(
            environment: [:], handlers: HandlerContract.catalog, directory: folder.path, standsIn: true)
        return try reader.read(text: text, file: "touchstone.yaml").settings
    }

    static let nowMs: Int64 = 1_785_000_000_000
}

@Suite("Captured requests")
struct ReplayTests {
    @Test(
        "every fixture that is rightly signed proves it offline",
        arguments: Fixture.all(in: "deliveries") + Fixture.all(in: "shapes"))
    func proven(path: String) throws {
        let file = try HTTPFile(path: "\(Fixture.root)/fixtures/\(path)")
        #expect(Verification.of(file, settings: nil, nowMs: 0) == .proven(by: Verification.fixtureName))
        #expect(file.bytes().suffix(file.body.count) == file.body[...])
    }

    @Test(
        "a fixture whose signature is wrong proves nothing",
        arguments: Fixture.all(in: "refused").filter {
            $0.contains("header-") || $0.contains("altered") || $0.contains("unsigned")
        })
    func refused(path: String) throws {
        let file = try HTTPFile(path: "\(Fixture.root)/fixtures/\(path)")
        guard case .refused(let reason) = Verification.of(file, settings: nil, nowMs: 0) else {
            Issue.record("\(path) was taken")
            return
        }
        #expect(!reason.isEmpty)
    }

    @Test("every sample proves who sent it and is what it says", arguments: Sample.allCases)
    func sample(kind: Sample) throws {
        let settings = try Rehearsed.settings()
        let file = try kind.request(Sample.Subject(), settings: settings, nowMs: Rehearsed.nowMs)
        let sender = [Sample.purchase, .lead].contains(kind) ? "shop" : "main"
        #expect(Verification.of(file, settings: settings, nowMs: Rehearsed.nowMs) == .proven(by: sender))
        guard sender == "main" else { return }
        let events = WebhookDecoder.decode(file.body, receivedAtMs: 0, digest: SHA256.hex, conceal: { $0 })
        #expect(events.count == 1)
        #expect(events.allSatisfy { $0.fault == nil && $0.occurredAtMs == Rehearsed.nowMs })
    }

    @Test("a sample that the configuration has nothing for says what is missing")
    func sampleWithoutSource() throws {
        var settings = try Rehearsed.settings()
        settings.sources = []
        settings.workspaces[0].instagram = []
        #expect(throws: HTTPFileError.self) {
            try Sample.purchase.request(Sample.Subject(), settings: settings, nowMs: 0)
        }
        #expect(throws: HTTPFileError.self) {
            try Sample.instagramComment.request(Sample.Subject(), settings: settings, nowMs: 0)
        }
    }

    @Test("a shifted request is signed anew and its newest time is the wished one")
    func shifted() throws {
        let settings = try Rehearsed.settings()
        let file = try HTTPFile(path: "\(Fixture.root)/fixtures/deliveries/page-leadgen-docs-batch.http")
        let newestMs = try #require(Resigner.newestMs(file.body))
        let moved = try Resigner(settings: settings, shiftMs: Rehearsed.nowMs - newestMs).resigned(file)
        #expect(Resigner.newestMs(moved.body) == Rehearsed.nowMs)
        #expect(Verification.of(moved, settings: settings, nowMs: 0) == .proven(by: "main"))
        #expect(Verification.of(file, settings: settings, nowMs: 0) == .proven(by: Verification.fixtureName))
        let still = try Resigner(settings: settings).resigned(file)
        #expect(still.body == file.body, "without a shift the bytes stay as they are")
    }

    static let rottenFiles: [(text: String, about: String)] = [
        ("POST / HTTP/1.1\nHost: x\n\nbody", "blank line"), ("POST /x\r\n\r\n", "request line"),
        ("POST /x HTTP/1.1\r\nnot a header\r\n\r\n", "line 2"), ("", "blank line"),
    ]

    @Test("a file that is no captured request says what is wrong with it", arguments: rottenFiles)
    func rotten(text: String, about: String) throws {
        #expect {
            try HTTPFile(path: "x.http", bytes: Array(text.utf8))
        } throws: { error in
            "\(error)".contains(about) && "\(error)".contains("x.http")
        }
    }
}
