import ArgumentParser
import Core
import Foundation
import Gateway

struct TriggerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trigger", abstract: "Send one realistic sample, signed with the configuration's own secrets.",
        discussion: "Kinds:\n" + Sample.allCases.map { "  \($0.rawValue)  \($0.sentence)" }.joined(separator: "\n"))

    @Argument(help: "What to send; see below.") var kind: String
    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var reach: SendingOptions
    @Option(help: "The ad it is about.") var ad: String?
    @Option(help: "The ad account.") var account: String?
    @Option(help: "The Page.") var page: String?
    @Option(help: "The Instagram account.") var instagram: String?
    @Option(help: "The form of a lead.") var form: String?
    @Option(help: "The post of a comment.") var post: String?
    @Option(help: "The lead's, comment's or conversion's own id.") var id: String?
    @Option(help: "The value of a purchase.") var value = "49.90"
    @Option(help: "Its currency.") var currency = "EUR"
    @Flag(help: "Print the request as a fixture, signed with the public fixture secret, instead of sending it.") var show = false
    @Flag(help: "One JSON document.") var json = false

    func run() async throws {
        guard let sample = Sample(rawValue: kind) else {
            let kinds = Sample.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("\(kind): expected one of \(kinds).")
        }
        let amount = value.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2e } && value.first != "." && value.last != "."
        guard amount, !value.isEmpty, value.split(separator: ".").count <= 2 else {
            throw ValidationError("--value \(value): expected an amount such as 49.90.")
        }
        let settings = try options.read(standsIn: show).settings
        var subject = Sample.Subject()
        (subject.ad, subject.account, subject.page, subject.instagram) = (ad, account, page, instagram)
        (subject.form, subject.post, subject.id) = (form, post, id)
        (subject.value, subject.currency) = (value, currency)
        let request: HTTPFile
        do throws(HTTPFileError) {
            request = try sample.request(
                subject, settings: show ? settings.withFixtureSecrets : settings,
                nowMs: Int64(Date().timeIntervalSince1970 * 1_000))
        } catch {
            throw CommandFailure.couldNotRun("\(error)")
        }
        guard !show else { return Console.bytes(request.bytes()) }
        let courier = try reach.courier(settings: settings)
        let answer: Courier.Answer
        do {
            answer = try await courier.send(request)
            await courier.shutdown()
        } catch {
            await courier.shutdown()
            throw CommandFailure.couldNotRun("\(reach.base(settings: settings)) does not answer: \(error)")
        }
        let text = String(decoding: answer.body.prefix(1_024), as: UTF8.self)
        if json {
            let document: JSON = ["kind": .string(kind), "status": .integer(Int64(answer.status)), "answer": .string(text)]
            Console.line(document.encoded())
        } else {
            Console.line("\(kind): \(answer.status)\(text.isEmpty ? "" : " \(text)")")
        }
        if !(200..<300).contains(answer.status) { throw ExitCode(1) }
    }
}

/// Where requests are sent to, and how the other side is trusted.
struct SendingOptions: ParsableArguments {
    @Option(help: "Scheme, host and port; by default the address that the configuration listens on.") var to: String?
    @Option(help: "A PEM file of roots to trust; by default the development certificates' where the address is this machine.")
    var ca: String?

    func base(settings: Settings?) -> String {
        if let to { return to }
        guard let address = settings?.listen.address else { return "https://localhost:8443" }
        return "https://localhost:\(address.port)"
    }

    /// The development roots are trusted on loopback only, and only when nothing else was said.
    func courier(settings: Settings?, certificate: String? = nil, key: String? = nil) throws -> Courier {
        let base = base(settings: settings)
        guard base.hasPrefix("https://") || base.hasPrefix("http://localhost") || base.hasPrefix("http://127.") else {
            throw ValidationError("--to \(base): expected https://HOST:PORT; plain http is for this machine only.")
        }
        var roots = ca
        if roots == nil, ["https://localhost", "https://127.0.0.1", "https://[::1]"].contains(where: base.hasPrefix) {
            roots = ["certs/dev/ca.pem"].first { FileManager.default.fileExists(atPath: $0) }
        }
        do {
            return try Courier(base: base, roots: roots, certificate: certificate, key: key)
        } catch {
            throw CommandFailure.couldNotRun("The certificates can't be read: \(error)")
        }
    }
}
