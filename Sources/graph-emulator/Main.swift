import ArgumentParser
import Foundation
import GraphEmulator

/// `graph-emulator`: a Graph API on a loopback port.
@main
struct Main: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graph-emulator", abstract: "A Graph API for tests and demonstrations, played from a scenario.")

    @Option(help: "Port on 127.0.0.1; 0 is any free one.")
    var port = 0

    @Option(help: "File that gets the port number once the port is open.")
    var portFile: String?

    @Flag(help: "Listen with TLS.")
    var tls = false

    @Option(help: "Certificate with its chain, PEM.")
    var certificate: String?

    @Option(help: "Private key, PEM.")
    var privateKey: String?

    @Option(help: "Scenario, YAML or JSON.")
    var scenario: String?

    @Option(help: "File that gets one JSON line per request.")
    var log: String?

    func validate() throws {
        guard !tls || (certificate != nil && privateKey != nil) else {
            throw ValidationError("--tls needs --certificate and --private-key.")
        }
    }

    func run() async throws {
        do {
            let play = try scenario.map { path throws(ScenarioError) in try Scenario(file: path) } ?? Scenario(yaml: "{}")
            let emulator = try await GraphEmulator.start(scenario: play, port: port, tls: files, logFile: log)
            try announce(emulator)
            await Self.untilSignal()
            await emulator.stop()
        } catch let error as ScenarioError {
            throw Self.failed(error.description)
        } catch let error as GraphEmulator.StartError {
            throw Self.failed(error.description)
        }
    }

    private var files: GraphEmulator.TLSFiles? {
        guard tls, let certificate, let privateKey else { return nil }
        return .init(certificate: certificate, privateKey: privateKey)
    }

    private func announce(_ emulator: RunningEmulator) throws {
        if let portFile {
            try Data("\(emulator.port)\n".utf8).write(to: URL(fileURLWithPath: portFile), options: .atomic)
        }
        FileHandle.standardOutput.write(Data("graph-emulator listening on \(emulator.url)\n".utf8))
    }

    private static func failed(_ reason: String) -> ExitCode {
        FileHandle.standardError.write(Data("graph-emulator: \(reason)\n".utf8))
        return ExitCode(3)
    }

    /// Returns at the first SIGTERM or SIGINT.
    private static func untilSignal() async {
        let (signals, arrived) = AsyncStream.makeStream(of: Void.self)
        let sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler { arrived.yield() }
            source.resume()
            return source
        }
        for await _ in signals { break }
        for source in sources { source.cancel() }
    }
}
