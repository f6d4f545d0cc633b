import ArgumentParser
import Core
import Gateway
import Storage

struct ActionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "actions", abstract: "What rules did, or would have done.",
        subcommands: [ActionsList.self, ActionsShow.self])
}

struct ActionsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Newest first.")

    @OptionGroup var options: ConfigurationOptions
    @Flag(help: "One JSON document per line.") var json = false
    @Option(help: "At most so many.") var limit = 50
    @Option(help: "Only of this workspace.") var workspace: String?
    @Option(help: "Only in this state: would, queued, done, conflict, failed, cancelled.") var state: String?

    func run() async throws {
        guard (1...10_000).contains(limit) else { throw ValidationError("--limit \(limit): expected 1 to 10000.") }
        let wanted = try state.map { text in
            guard let known = ActionState(rawValue: text) else {
                throw ValidationError(
                    "--state \(text): expected \(ActionState.allCases.map(\.rawValue).joined(separator: ", ")).")
            }
            return known
        }
        let store = try await options.openForReading().store
        let (owner, count) = (workspace, limit)
        let actions = try await store.read { try $0.actions(workspace: owner, state: wanted, limit: count) }
        await store.close()
        if json {
            for action in actions { Console.line(action.document.encoded()) }
            return
        }
        Console.table(
            ["ACTION", "DECIDED", "WORKSPACE", "RULE", "ENTITY", "CHANGE", "STATE", "REASON"],
            actions.map { action in
                [
                    "\(action.id)", Console.time(action.createdAtMs), action.workspace, action.rule,
                    "\(action.target.level.rawValue):\(action.target.id)",
                    "\(action.field.rawValue) \(action.oldValue) → \(action.newValue)",
                    action.state.rawValue, action.reason ?? "",
                ]
            })
    }
}

struct ActionsShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "One action; `why` has its whole story.")

    @OptionGroup var options: ConfigurationOptions
    @Argument(help: "The action's number, as listed.") var id: Int64
    @Flag(help: "One JSON document.") var json = false

    func run() async throws {
        let store = try await options.openForReading().store
        let wanted = id
        guard let action = try await store.read({ try $0.action(wanted) }) else {
            throw CommandFailure.no("There is no action \(id).")
        }
        await store.close()
        if json { return Console.line(action.document.encoded()) }
        Console.line(
            "action \(action.id): \(action.action.rawValue) of \(action.target.level.rawValue) \(action.target.id), \(action.state.rawValue)"
        )
        Console.line(
            "  rule \(action.rule), version \(action.version.prefix(12)), workspace \(action.workspace), account \(action.accountID)"
        )
        Console.line(
            "  \(action.field.rawValue): \(action.oldValue) → \(action.newValue)"
                + (action.readBack.map { ", read back \($0)" } ?? ""))
        if let reason = action.reason { Console.line("  \(reason)") }
    }
}

extension StoredAction {
    /// As `--json` prints it.
    var document: JSON {
        [
            "id": .id(id), "workspace": .string(workspace), "rule": .string(rule), "rule_version": .string(version),
            "execution_id": .id(executionID), "level": .string(target.level.rawValue), "entity_id": .string(target.id),
            "account_id": .string(accountID), "action": .string(action.rawValue), "field": .string(field.rawValue),
            "old_value": .string(oldValue), "new_value": .string(newValue), "state": .string(state.rawValue),
            "reason": .text(reason),
            "mode": .string(mode), "idempotency_key": .string(idempotencyKey), "event_id": eventID.map { .id($0) } ?? .null,
            "created_at_ms": .integer(createdAtMs), "finished_at_ms": finishedAtMs.map { .integer($0) } ?? .null,
            "read_back": .text(readBack),
        ]
    }
}
