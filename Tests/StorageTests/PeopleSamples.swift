import Core
import Signing
import Storage
import TestSupport

/// A lead of an ad, with an answer that nobody may find on disk.
func lead(_ id: String = "1234567890123456", answer: String = "Ada", ad: String? = "11") -> Lead {
    Lead(
        leadID: id, createdAtMs: now - 60_000, form: NamedID("f1", name: "Form " + answer), page: NamedID("p1"),
        ad: ad.map { NamedID($0, name: "Ad " + answer) }, adset: NamedID("21"), campaign: NamedID("31"), platform: "ig",
        isOrganic: false,
        isTest: false, fields: [LeadField(name: "first_name", key: "vorname", values: [answer, "and \"quotes\" ü"])],
        consents: [LeadConsent(key: "newsletter", isChecked: true), LeadConsent(key: "calls", isChecked: false)])
}

func comment(
    _ target: String = "post_1", verb: String = "add", text: String? = "nice", author: String? = "u1", ads: [String] = ["11"]
) -> Engagement {
    Engagement(
        platform: .facebook, kind: .comment, targetID: target, postID: "post", parentID: "post", pageID: "p1", verb: verb,
        occurredAtMs: now - 1_000, isOwn: false, authorID: author, authorName: author.map { "Name of \($0)" }, text: text,
        link: text.map { "https://example.com/\($0)" }, adIDs: ads)
}

func entity(_ level: EntityLevel, _ id: String, campaign: String? = nil, adset: String? = nil, name: String = "n") -> EntityState
{
    EntityState(
        ref: EntityRef(level, id), accountID: "1", campaignID: campaign, adsetID: adset, name: name, status: "ACTIVE",
        effectiveStatus: "ACTIVE")
}

func story(_ ad: String, story: String? = nil, media: String? = nil, source: String? = nil, name: String = "n") -> AdStory {
    AdStory(
        adID: ad, adsetID: "21", campaignID: "31", name: name, status: "ACTIVE", effectiveStatus: "ACTIVE", creativeID: "c" + ad,
        storyID: story, mediaID: media, sourceMediaID: source)
}

/// Facts by the only way there is: read from a stored body.
func facts(_ members: String = "", own: String = #"{"consent":"granted","forward":true}"#) -> ConversionFacts {
    let event =
        #"{"event_name":"Purchase","event_id":"order-7","event_time":1789999000,"action_source":"website",\#(members)"_touchstone":\#(own)}"#
    return ConversionDecoder.decode(
        body: Array(#"{"data":[\#(event)]}"#.utf8), dataset: "987", source: "shop", receivedAtMs: now, digest: { _ in "digest" }
    )[0].facts
}

func outboxMessage(_ key: String, _ kind: OutboxKind, event: Int64? = nil, action: Int64? = nil) -> OutboxMessage {
    OutboxMessage(
        kind: kind, workspace: "w", orderKey: nil, uniqueKey: key, reference: "{}", eventID: event, actionID: action)
}

extension Store {
    /// A delivery that is decoded, with one event per position and one job each; the ids of the events.
    func decoded(_ body: String, events: Int, at receivedAtMs: Int64 = now, kind: EnvelopeKind = .webhook) async throws -> [Int64]
    {
        let seq = try await append(try TemporaryStore.envelope(body), receivedAtMs: receivedAtMs)
        return try await write { transaction throws in
            for position in 0..<events {
                _ = try transaction.insertEvent(
                    event(position, key: "\(seq).\(position)"), seq: seq, workspace: "w", receivedAtMs: receivedAtMs,
                    routes: oneRoute,
                    nowMs: receivedAtMs)
            }
            try transaction.finishDecoding(seq, events: events, duplicates: 0, reason: nil)
            try transaction.run("UPDATE deliveries SET kind = \(kind.rawValue) WHERE seq = \(seq)")
            return (0..<events).map { Transaction.eventID(seq: seq, position: $0) }
        }
    }

    /// Does the job of an event.
    func finishJobs(of eventIDs: [Int64], at nowMs: Int64 = now) async throws {
        try await write { transaction throws in
            for claim in try transaction.claim(.jobs, nowMs: nowMs, leaseMs: 1, limit: 10_000, owner: "boot-1") {
                if eventIDs.contains(claim.id / 64) { _ = try transaction.complete(.jobs, claim, nowMs: nowMs) }
            }
        }
    }

    func count(_ query: Statement) async throws -> Int64 { try await read { try $0.run(query)[0].int64("count") } }
}
