import ArgumentParser
import Core
import Foundation
import Gateway
import Signing
import Storage

struct EraseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase", abstract: "Empty what a person left: answers, texts, names, raw requests. It can't be undone.",
        discussion:
            "Ids, kinds and times stay, and the counts that they are part of. What would still be sent of it is not sent.",
        subcommands: [EraseLead.self, ErasePerson.self, EraseUser.self])
}

struct EraseLead: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "lead", abstract: "One lead, by Meta's id of it.")

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var erasing: ErasingOptions
    @Argument(help: "Meta's id of the lead.") var id: String

    func validate() throws {
        guard id.isMetaID else { throw ValidationError("The lead's id: expected digits, as Meta writes it.") }
    }

    func run() async throws {
        try await erasing.carryOut(.lead(id), "the lead \(id)", options)
    }
}

struct ErasePerson: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "person", abstract: "All that was left under an e-mail address, a phone number or an id of yours.",
        discussion: """
            Values are brought into the form that the gateway hashes, hashed here, and only the hash is looked for; a value that is a \
            SHA-256 already is taken as it is. Give - instead of a value to type it in: what stands in a command is kept by the shell.
            """)

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var erasing: ErasingOptions
    @Option(help: "An e-mail address, or - to read it from the standard input.") var email: [String] = []
    @Option(help: "A phone number with its country, or -.") var phone: [String] = []
    @Option(help: "The id that you know the person by (external_id), or -.") var externalId: [String] = []

    func validate() throws {
        guard !(email + phone + externalId).isEmpty else {
            throw ValidationError("Who? Give --email, --phone or --external-id.")
        }
    }

    func run() async throws {
        let people =
            try email.map { try Self.key(.em, $0, "--email") } + phone.map { try Self.key(.ph, $0, "--phone") }
            + externalId.map { try Self.key(.externalID, $0, "--external-id") }
        try await erasing.carryOut(
            .people(people), "the person", options, hasReadInput: (email + phone + externalId).contains("-"))
    }

    /// As intake hashes it. The value itself is in no message.
    private static func key(_ key: PersonalKey, _ given: String, _ option: String) throws -> String {
        let value = given == "-" ? readLine(strippingNewline: true) ?? "" : given
        switch Normalizer.normalized(key, value, year: 9_999) {
        case .value(let text): return "\(key.rawValue):\(SHA256.hex(Array(text.utf8)))"
        case .alreadyHashed(let text) where text.utf8.count >= 64: return "\(key.rawValue):\(text.prefix(64))"
        case .alreadyHashed, .plain: throw ValidationError("\(option): expected the value itself or its SHA-256.")
        case .dropped(let reason):
            throw ValidationError("\(option): nothing can be stored under it (\(reason.rawValue)).")
        }
    }
}

struct EraseUser: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "All that a user of Facebook or Instagram left, by the id that your app or Page sees.")

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var erasing: ErasingOptions
    @Argument(help: "The user's id.") var id: String

    func validate() throws {
        guard id.isMetaID else { throw ValidationError("The user's id: expected digits, as Meta writes it.") }
    }

    func run() async throws {
        try await erasing.carryOut(.people(["user:\(id)"]), "the user \(id)", options)
    }
}

/// What the three have in common.
struct ErasingOptions: ParsableArguments {
    @Option(help: "Only in this workspace.") var workspace: String?
    @Flag(help: "Do not ask first.") var yes = false
    @Flag(help: "One JSON document.") var json = false

    func carryOut(
        _ subject: Erasure.Subject, _ whose: String, _ options: ConfigurationOptions, hasReadInput: Bool = false
    ) async throws {
        let settings = try options.read().settings
        if let workspace, !settings.workspaces.contains(where: { $0.name == workspace }) {
            let names = settings.workspaces.map(\.name).joined(separator: ", ")
            throw ValidationError("--workspace \(workspace): the configuration has \(names).")
        }
        try confirm(whose, hasReadInput: hasReadInput)
        let report = try await OperatorDoor(settings: settings).erase(Erasure(subject, workspace: workspace))
        show(report)
    }

    /// In a pipe nobody can be asked.
    private func confirm(_ whose: String, hasReadInput: Bool) throws {
        guard !yes else { return }
        guard isatty(STDIN_FILENO) == 1, !hasReadInput else {
            throw ValidationError("Nobody can be asked here: give --yes.")
        }
        Console.error("Erase all of \(whose) in \(workspace ?? "all workspaces")? It can't be undone. Type yes:")
        guard readLine(strippingNewline: true) == "yes" else { throw CommandFailure.no("Nothing was erased.") }
    }

    private func show(_ report: EraseReport) {
        let rows: [(String, Int)] = [
            ("leads", report.leads), ("social_engagements", report.engagements), ("conversion_events", report.conversions),
            ("deliveries", report.deliveries), ("outbox", report.messages), ("jobs", report.jobs),
        ]
        guard !json else {
            let members = rows.map { JSONObject.Member(key: $0.0, value: .integer($0.1)) }
            return Console.line(JSON.object(JSONObject(members)).encoded())
        }
        guard report.total + report.messages + report.jobs > 0 else { return Console.line("Nothing is stored there.") }
        Console.table(["TABLE", "EMPTIED"], rows.map { [$0.0, "\($0.1)"] })
    }
}

extension String {
    fileprivate var isMetaID: Bool { (1...32).contains(utf8.count) && utf8.allSatisfy { (0x30...0x39).contains($0) } }
}
