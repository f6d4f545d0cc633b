import ArgumentParser

struct ConversionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conversions", abstract: "What shops send to Meta through here.",
        subcommands: [
            ConversionsQuarantine.self,
            ConversionsEdit.self,
            ConversionsReplay.self,
            ConversionsLedger.self,
            ConversionsReconcile.self,
            ConversionsReport.self,
        ])
}
