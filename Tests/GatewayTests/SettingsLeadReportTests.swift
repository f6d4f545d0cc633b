import Core
import Engine
import Testing

@testable import Gateway

@Suite("Leads back to Meta, and what shops' things are called, in the configuration")
struct SettingsLeadReportTests {
    private static func settings(_ more: String) throws -> Settings {
        let text = SettingsTests.full.replacing("without: strip}}", with: "without: strip}\(more)}")
            .replacing(
                "- {name: leads,", with: "- {name: back, match: {object: page}, chain: [{report_lead: shop}]}\n  - {name: leads,"
            )
            .replacing("chain: [resolve_ad, {moderate: spam}]", with: "chain: [forward_conversion]")
        return try SettingsCases.settings(text, files: ["config/rules/example.yaml": SettingsTests.rule])
    }

    @Test("a CRM's first dataset, consent and policy are what leads are reported by; without a word they are called Lead")
    func reports() throws {
        let bare = try Self.settings(", kind: crm")
        let source = try #require(bare.sources.first)
        #expect(source.policy.stages == StagePolicy())
        #expect(bare.routes[0].chain == [ChainStep(handler: "report_lead", argument: "shop")])
        let told = try Self.settings(
            ", kind: crm, lead_event_source: Our CRM, raw_lead: {event: Raw Lead, consent: darf ich?}")
        let stages = StagePolicy(crm: "Our CRM", leadName: "Raw Lead", leadConsent: "darf ich?")
        #expect(
            try told.engineSettings().leadReports == [
                "shop": LeadReportPolicy(
                    source: "shop", dataset: "987654321",
                    consent: ConsentPolicy(path: ["custom_data", "consent"], without: .strip),
                    policy: SourcePolicy(kind: .crm, stages: stages))
            ])
    }

    @Test("only CRMs report leads")
    func others() throws {
        let text = SettingsTests.full.replacing("without: strip}}", with: "without: strip}, kind: shopify}")
        let settings = try SettingsCases.settings(text, files: ["config/rules/example.yaml": SettingsTests.rule])
        #expect(try settings.engineSettings().leadReports.isEmpty)
    }

    @Test("as the catalogue calls things", arguments: OrderPolicy.ContentIDs.allCases)
    func contentIDs(ids: OrderPolicy.ContentIDs) throws {
        for (more, expected) in [("", .variant), (", content_ids: \(ids.rawValue)", ids)] as [(String, OrderPolicy.ContentIDs)] {
            let text = SettingsTests.full.replacing("without: strip}}", with: "without: strip}, kind: woocommerce\(more)}")
            let settings = try SettingsCases.settings(text, files: ["config/rules/example.yaml": SettingsTests.rule])
            #expect(settings.sources.first?.policy.orders.contentIDs == expected)
        }
    }
}
