import ArgumentParser
import Core
import Foundation
import Gateway
import Storage

struct LeadsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "leads", abstract: "The leads that came in, and what became of them.",
        subcommands: [LeadsList.self, LeadsShow.self, LeadsRetry.self])
}

struct LeadsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Newest first; ids, times and states, never an answer.")

    @OptionGroup var options: ConfigurationOptions
    @Flag(help: "One JSON document per line.") var json = false
    @Option(help: "At most so many.") var limit = 50
    @Option(help: "Only of this form.") var form: String?
    @Option(help: "Only from this ad.") var ad: String?
    @Option(help: "Only of this workspace.") var workspace: String?
    @Option(help: "Only in this state: stored, open, held, dead, forwarded, erased.") var state: LeadState?
    @Option(help: "Only those read in the last 30m, 12h or 7d, or since a day such as 2026-11-01 (UTC).") var since: String?

    func run() async throws {
        guard (1...10_000).contains(limit) else { throw ValidationError("--limit \(limit): expected 1 to 10000.") }
        var filter = LeadFilter()
        filter.workspace = workspace
        filter.formID = form
        filter.adID = ad
        filter.state = state
        filter.sinceMs = try since.map { try Self.sinceMs($0) }
        let store = try await options.openForReading().store
        let (chosen, count) = (filter, limit)
        let leads = try await store.read { try $0.leads(chosen, limit: count) }
        await store.close()
        if json {
            for lead in leads { Console.line(lead.document.encoded()) }
            return
        }
        Console.table(
            ["LEAD", "CREATED", "WORKSPACE", "FORM", "AD", "TEST", "STATE", "REASON"],
            leads.map { lead in
                [
                    lead.leadID, Console.time(lead.createdAtMs), lead.workspace, lead.formID ?? "-", lead.adID ?? "-",
                    lead.isTest ? "test" : "-", lead.state.rawValue, lead.reason ?? "",
                ]
            })
    }

    private static func sinceMs(_ text: String) throws -> Int64 {
        if let day = AccountDay(text: text) { return Int64(day.number) * 86_400_000 }
        let units: [Character: Int64] = ["s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()), (1...100_000).contains(count)
        else {
            throw ValidationError("--since \(text): expected a duration such as 30m, 12h or 7d, or a day such as 2026-11-01.")
        }
        return Int64(Date().timeIntervalSince1970 * 1_000) - count * unit
    }
}

extension LeadState: ExpressibleByArgument {}

struct LeadsShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "One lead: where it came from, and every attempt to send it on.")

    @OptionGroup var options: ConfigurationOptions
    @Argument(help: "The lead's id at Meta, as listed.") var id: String
    @Flag(help: "One JSON document per workspace that has it.") var json = false
    @Flag(help: "With what the person answered, and with what destinations answered.") var reveal = false

    func validate() throws {
        if json, reveal { throw ValidationError("--reveal is for people: --json never holds an answer.") }
    }

    func run() async throws {
        let (settings, store) = try await options.openForReading()
        let (wanted, workspaces) = (id, settings.workspaces.map(\.name))
        let (stories, unread) = try await store.read { transaction in
            let leads = try workspaces.compactMap { try transaction.lead(workspace: $0, leadID: wanted) }
            return (try leads.map { try LeadStory($0, in: transaction) }, leads.isEmpty ? try transaction.unread(wanted) : [])
        }
        await store.close()
        for listing in unread where !json {
            Console.line("lead \(id): not read yet, event \(listing.event.id) is \(listing.state.rawValue)")
            if let reason = listing.reason { Console.line("  \(reason)") }
        }
        guard !stories.isEmpty else {
            throw CommandFailure.no(unread.isEmpty ? "There is no lead \(id)." : "Its answers are not here yet.")
        }
        for story in stories {
            if json { Console.line(story.document.encoded()) } else { story.show(reveal: reveal) }
        }
    }
}

struct LeadsRetry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Read or send again what is dead; destinations get the same webhook-id as before.")

    @OptionGroup var options: ConfigurationOptions
    @Argument(help: "Ids of leads at Meta, as listed.") var ids: [String]

    func run() async throws {
        let door = OperatorDoor(settings: try options.read().settings)
        var isMissing = false
        for id in ids {
            guard !id.isEmpty, id.utf8.allSatisfy({ (48...57).contains($0) }) else {
                throw ValidationError("\(id): a lead's id has digits only.")
            }
            guard let retried = try await door.retryLead(id) else {
                Console.error("There is no lead \(id).")
                isMissing = true
                continue
            }
            Console.line("lead \(id): \(retried.jobs) reading(s) and \(retried.messages) send(s) go on.")
        }
        if isMissing { throw ExitCode(1) }
    }
}

/// A lead with what became of it.
private struct LeadStory: Sendable {
    let lead: StoredLead
    let sends: [(message: StoredMessage, attempts: [SendAttempt])]

    init(_ lead: StoredLead, in transaction: Transaction) throws {
        self.lead = lead
        let messages = try transaction.event(lead.id)?.messages.filter { $0.kind == OutboxKind.lead.rawValue } ?? []
        sends = try messages.map { ($0, try transaction.attempts(of: $0.id)) }
    }

    func show(reveal: Bool) {
        Console.line("lead \(lead.leadID): \(lead.state.rawValue)" + (lead.isTest ? ", a test lead" : ""))
        Console.line(
            "  workspace \(lead.workspace), created \(Console.time(lead.createdAtMs)), "
                + "read \(Console.time(lead.fetchedAtMs)), event \(lead.id)"
        )
        for (name, id) in lead.objects { Console.line("  \(name) \(id)") }
        if let atMs = lead.erasedAtMs { Console.line("  erased \(Console.time(atMs))") }
        if reveal { showAnswers() }
        for (message, attempts) in sends {
            Console.line(
                "  to \(message.destination): \(message.state.rawValue)" + (message.reason.map { ", \($0)" } ?? ""))
            for attempt in attempts {
                Console.line(
                    "    \(Console.time(attempt.atMs))  status \(attempt.status.map(String.init) ?? "-")  \(attempt.outcome)  "
                        + "\(attempt.durationMs) ms"
                )
                if reveal, let answer = attempt.answer { Console.line("      \(String(decoding: answer, as: UTF8.self).shown)") }
            }
        }
    }

    private func showAnswers() {
        guard let answers = lead.lead else { return Console.line("  its answers are erased, or sealed under another key") }
        for field in answers.fields {
            Console.line("  \(field.name.shown): \(field.values.map(\.shown).joined(separator: ", "))")
        }
        for consent in answers.consents {
            Console.line("  consent \(consent.key.shown): \(consent.isChecked ? "given" : "not given")")
        }
    }

    /// As `--json` prints it.
    var document: JSON {
        var object = JSONObject(lead.document.members.map { JSONObject.Member(key: $0.key, value: $0.value) })
        object["sends"] = .array(
            sends.map { message, attempts in
                [
                    "message_id": .id(message.id), "destination": .string(message.destination),
                    "state": .string(message.state.rawValue), "reason": .text(message.reason),
                    "attempts": .array(attempts.map(\.document)),
                ]
            })
        return .object(object)
    }
}

extension StoredLead {
    /// As `--json` prints it: ids, times and states.
    fileprivate var document: JSON {
        [
            "lead_id": .string(leadID), "event_id": .id(id), "workspace": .string(workspace), "form_id": .text(formID),
            "page_id": .text(pageID), "ad_id": .text(adID), "adset_id": .text(adsetID), "campaign_id": .text(campaignID),
            "platform": .text(platform), "is_organic": isOrganic.map(JSON.bool) ?? .null, "test": .bool(isTest),
            "created_at_ms": .integer(createdAtMs), "fetched_at_ms": .integer(fetchedAtMs),
            "erased_at_ms": erasedAtMs.map { .integer($0) } ?? .null, "state": .string(state.rawValue), "reason": .text(reason),
        ]
    }

    fileprivate var objects: [(String, String)] {
        [("form", formID), ("page", pageID), ("ad", adID), ("ad set", adsetID), ("campaign", campaignID)].compactMap { name, id in
            id.map { (name, $0) }
        }
    }
}

extension SendAttempt {
    fileprivate var document: JSON {
        [
            "at_ms": .integer(atMs), "attempt": .integer(attempt), "status": status.map { .integer($0) } ?? .null,
            "outcome": .string(outcome), "duration_ms": .integer(durationMs),
        ]
    }
}

extension StoredMessage {
    fileprivate var destination: String {
        ((try? JSON.parse(Array(reference.utf8)))?["destination"]?.text) ?? "an unknown destination"
    }
}

extension String {
    /// What a person wrote, on one line of a terminal: control characters are shown, not obeyed.
    var shown: String {
        String(unicodeScalars.map { $0.properties.generalCategory == .control || $0.value == 0x7F ? "\u{FFFD}" : Character($0) })
    }
}
