import ArgumentParser
import Gateway
import Storage

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Bring the database to this version's schema; `serve` does it too.")

    @OptionGroup var options: ConfigurationOptions
    @Flag(help: "Only say what is pending; exit 1 if anything is.")
    var check = false

    func run() async throws {
        let settings = try options.read().settings
        do {
            let pending = try Store.pendingMigrations(at: settings.storage.location)
            for migration in pending { Console.line("pending: \(migration.version) \(migration.name)") }
            if check {
                guard pending.isEmpty else { throw CommandFailure.no("\(pending.count) migration(s) pending.") }
            } else if !pending.isEmpty {
                let store = try settings.openForWriting()
                await store.close()
            }
        } catch let error as StoreError {
            throw CommandFailure.couldNotRun("\(settings.storage.location.shown): \(error)")
        }
        Console.line("\(settings.storage.location.shown): up to date.")
    }
}
