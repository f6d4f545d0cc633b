import ArgumentParser
import Core
import Foundation
import Gateway
import Storage

struct ConversionsEdit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit", abstract: "Change a conversion in quarantine and send it on.",
        discussion: """
            Paths are keys with dots between them, such as custom_data.value or user_data.em, or as the finding names them. A value is JSON, \
            or text where it is none. What names a person is normalised and hashed before it is stored, and never logged; with --from - it \
            does not stand in the shell's history either.

            The event is judged and hashed as if it had just come in. Where it is refused again, all that is wrong is said, and nothing is changed. \
            Name, id and consent can't be changed.
            """)

    @OptionGroup var options: ConfigurationOptions
    @Argument(help: "The conversion's number, as listed.") var id: Int64
    @Option(help: "PATH=VALUE, several times.") var set: [String] = []
    @Option(help: "A path of what goes, several times.") var unset: [String] = []
    @Option(help: "Read the edit as JSON, {\"set\": {PATH: VALUE}, \"unset\": [PATH]}, from this file; -: standard input.")
    var from: String?
    @Flag(help: "Only say what would become of it; nothing is changed.") var dryRun = false
    @Flag(help: "One JSON document.") var json = false

    func validate() throws {
        if from != nil, !(set.isEmpty && unset.isEmpty) { throw ValidationError("--from, or --set and --unset: not both.") }
        if from == nil { _ = try edit(in: try document()) }
    }

    func run() async throws {
        let settings = try options.read().settings
        let document = try document()
        let outcome: JSON
        do {
            outcome = try await OperatorDoor(settings: settings).edit(id, document, edit: try edit(in: document), dryRun: dryRun)
        } catch OperatorFault.refused(let message) {
            throw CommandFailure.no(message)
        } catch OperatorFault.unknown {
            throw CommandFailure.no(MendingDenial.unknown.sentence)
        }
        if json { return Console.line(outcome.encoded()) }
        let isLeftOut = outcome["outcome"]?.text == "left_out"
        let heir = outcome["replaced_by"]?.text.map { " as \($0)" } ?? ""
        let fate = isLeftOut ? "left quarantine and stays here, for want of consent or match keys" : "goes on to Meta\(heir)"
        Console.line(dryRun ? "Conversion \(id) would do: it \(fate)." : "Conversion \(id) \(fate).")
        for finding in outcome["findings"]?.items ?? [] {
            Console.line("  \(finding["path"]?.text ?? ""): \(finding["message"]?.text ?? "")")
        }
    }

    private func document() throws -> JSON {
        guard let from else {
            guard let document = ConversionEdit.document(assignments: set, removals: unset) else {
                throw ValidationError("--set: expected PATH=VALUE.")
            }
            return document
        }
        let bytes = from == "-" ? FileHandle.standardInput.readDataToEndOfFile() : FileManager.default.contents(atPath: from)
        guard let bytes else { throw CommandFailure.couldNotRun("\(from) can't be read.") }
        do {
            return try JSON.parse(Array(bytes))
        } catch {
            throw CommandFailure.couldNotRun("The edit is no JSON document: \(error.sentence)")
        }
    }

    private func edit(in document: JSON) throws -> ConversionEdit {
        do {
            return try ConversionEdit(document)
        } catch {
            throw ValidationError(error.sentence)
        }
    }
}

struct ConversionsReplay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Send conversions in quarantine on as they are, for example after the dataset was mended.",
        discussion: """
            By number, by what they have in common, or --all. Each is judged and hashed as if it had just come in; what is refused again stays. \
            What Meta may have already (maybe_received, tried_too_long) goes by its number only.

            Stopped in the middle, the same call goes on.
            """)

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var choice: QuarantineChoice
    @Argument(help: "The conversions' numbers, as listed.") var ids: [Int64] = []
    @Flag(help: "Every one.") var all = false
    @Option(help: "At most so many, the oldest first.") var limit = 10_000
    @Flag(help: "Only say what would become of them; nothing is changed.") var dryRun = false
    @Flag(help: "One JSON document per line.") var json = false

    func validate() throws {
        if ids.isEmpty, !choice.isFiltered, !all {
            throw ValidationError("Say which: numbers, what to look for such as --code, or --all.")
        }
        if !ids.isEmpty, choice.isFiltered || all { throw ValidationError("Numbers, or what to look for: not both.") }
        guard (1...1_000_000).contains(limit) else { throw ValidationError("--limit \(limit): expected 1 to 1000000.") }
        guard ids.allSatisfy({ $0 >= 0 }) else { throw ValidationError("A conversion's number is never below 0.") }
        _ = try choice.filter()
    }

    func run() async throws {
        let (settings, store) = try await options.openForReading()
        let (filter, count) = (try choice.filter(), limit)
        let chosen = ids.isEmpty ? try await store.read { try $0.quarantine(filter, limit: count) } : ids
        await store.close()
        let isWatched = !json && isatty(STDERR_FILENO) != 0
        let outcomes = try await OperatorDoor(settings: settings).replay(chosen, named: !ids.isEmpty, dryRun: dryRun) { done in
            if isWatched { Console.error("\(done) of \(chosen.count)") }
        }
        let stuck = outcomes.filter { $0["message"]?.text != nil }
        if json {
            for outcome in outcomes { Console.line(outcome.encoded()) }
        } else {
            for outcome in stuck { Console.line("\(outcome["id"]?.text ?? ""): \(outcome["message"]?.text ?? "")") }
            let verb = dryRun ? "would go on" : "go on"
            Console.line("\(outcomes.count - stuck.count) of \(outcomes.count) conversion(s) \(verb).")
        }
        if outcomes.isEmpty { throw CommandFailure.no("Nothing of what was asked for is in quarantine.") }
        if !stuck.isEmpty { throw ExitCode(1) }
    }
}
