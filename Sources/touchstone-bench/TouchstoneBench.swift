import ArgumentParser

@main
struct TouchstoneBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "touchstone-bench",
        abstract:
            "Figures that are measured, never asserted: each beside its reference, in one run, with the disk's fsync printed.",
        subcommands: [IntakeBench.self, ConversionBench.self, ActionBench.self])
}
