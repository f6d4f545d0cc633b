import ArgumentParser
import Core
import Foundation
import Gateway
import Storage

struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "The events that came in.",
        subcommands: [EventsList.self, EventsShow.self, EventsRetry.self])
}

struct EventsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Newest first; with --follow as they come.")

    @OptionGroup var options: ConfigurationOptions
    @Flag(help: "One JSON document per line.") var json = false
    @Flag(help: "Go on as events come in, until interrupted.") var follow = false
    @Option(help: "At most so many.") var limit = 50
    @Option(help: "Only of this workspace.") var workspace: String?
    @Option(help: "Only of this kind, such as page.leadgen.") var kind: String?
    @Option(help: "Only in this state: unrouted, open, held, done, dead.") var state: String?
    @Option(help: "Only those that name this ad, ad set or campaign.") var entity: String?

    func run() async throws {
        var filter = EventFilter()
        filter.workspace = workspace
        filter.kind = kind
        filter.ref = entity
        if let state {
            guard let known = EventState(rawValue: state) else {
                throw ValidationError("--state \(state): expected unrouted, open, held, done or dead.")
            }
            filter.state = known
        }
        guard (1...10_000).contains(limit) else { throw ValidationError("--limit \(limit): expected 1 to 10000.") }
        let store = try await options.openForReading().store
        let (chosen, count) = (filter, limit)
        let listed = try await store.read { try $0.events(chosen, limit: count) }
        if !json, !follow || !listed.isEmpty {
            show(follow ? listed.reversed() : listed, header: true)
        } else {
            show(follow ? listed.reversed() : listed, header: false)
        }
        var last = listed.first?.event.id ?? 0
        while follow {
            try await Task.sleep(for: .milliseconds(500))
            let after = last
            let more = try await store.read { try $0.events(chosen, limit: 500, before: nil, after: after) }
            show(more, header: false)
            last = more.last?.event.id ?? last
        }
        await store.close()
    }

    private func show(_ listings: [EventListing], header: Bool) {
        if json {
            for listing in listings { Console.line(listing.document.encoded()) }
            return
        }
        let rows = listings.map { listing in
            let event = listing.event
            let names = event.entities.map { "\($0.level.rawValue):\($0.id)" }.joined(separator: " ")
            return [
                "\(event.id)", Console.time(event.receivedAtMs), event.workspace, event.kind, listing.state.rawValue,
                [names, event.fault ?? listing.reason ?? ""].filter { !$0.isEmpty }.joined(separator: "  "),
            ]
        }
        if header {
            Console.table(["EVENT", "RECEIVED", "WORKSPACE", "KIND", "STATE", "ENTITIES, REASON"], rows)
        } else {
            for row in rows { Console.line(row.joined(separator: "  ")) }
        }
    }
}

struct EventsShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "One event: where it came from and what became of it.")

    @OptionGroup var options: ConfigurationOptions
    @Argument(help: "The event's number, as listed.") var id: Int64
    @Flag(help: "One JSON document.") var json = false

    func run() async throws {
        let store = try await options.openForReading().store
        let wanted = id
        guard let detail = try await store.read({ try $0.event(wanted) }) else {
            throw CommandFailure.no("There is no event \(id).")
        }
        await store.close()
        if json { return Console.line(detail.document.encoded()) }
        let event = detail.listing.event
        Console.line("event \(event.id): \(event.kind), \(detail.listing.state.rawValue)")
        Console.line(
            "  delivery \(event.deliverySeq), change \(event.place)\(event.copy > 0 ? " (copy \(event.copy))" : ""), received \(Console.time(event.receivedAtMs)), workspace \(event.workspace)"
        )
        Console.line(
            "  about \(event.object) \(event.objectID)"
                + (event.occurredAtMs > 0 ? ", happened \(Console.time(event.occurredAtMs))" : ""))
        for entity in event.entities { Console.line("  names \(entity.level.rawValue) \(entity.id)") }
        if let fault = event.fault { Console.line("  fault: \(fault)") }
        for job in detail.jobs {
            Console.line(
                "  route \(job.route): \(job.state.rawValue), \(job.tries) attempt(s)" + (job.reason.map { ", \($0)" } ?? ""))
        }
        for message in detail.messages {
            Console.line(
                "  message \(message.id) (\(message.kind)): \(message.state.rawValue), \(message.tries) attempt(s)"
                    + (message.reason.map { ", \($0)" } ?? ""))
        }
    }
}

extension EventListing {
    /// As `--json` prints it.
    var document: JSON {
        [
            "id": .id(event.id), "delivery_seq": .id(event.deliverySeq), "position": .integer(event.place),
            "copy": .integer(event.copy),
            "workspace": .string(event.workspace), "kind": .string(event.kind), "object": .string(event.object),
            "field": .string(event.field),
            "object_id": .string(event.objectID), "account_id": .text(event.accountID),
            "occurred_at_ms": .integer(event.occurredAtMs),
            "received_at_ms": .integer(event.receivedAtMs),
            "entities": .array(event.entities.map { ["level": .string($0.level.rawValue), "id": .string($0.id)] }),
            "state": .string(state.rawValue), "reason": .text(reason), "fault": .text(event.fault),
        ]
    }
}

extension EventDetail {
    /// As `--json` prints it.
    var document: JSON {
        [
            "event": listing.document,
            "jobs": .array(
                jobs.map { job in
                    [
                        "id": .id(job.id), "route": .string(job.route), "state": .string(job.state.rawValue),
                        "tries": .integer(job.tries),
                        "due_at_ms": .integer(job.dueAtMs), "reason": .text(job.reason), "gate": .text(job.gate),
                    ]
                }),
            "messages": .array(
                messages.map { message in
                    [
                        "id": .id(message.id), "kind": .string(message.kind), "state": .string(message.state.rawValue),
                        "tries": .integer(message.tries), "reason": .text(message.reason), "gate": .text(message.gate),
                    ]
                }),
        ]
    }
}
