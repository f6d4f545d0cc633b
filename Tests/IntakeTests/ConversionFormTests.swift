import Core
import Foundation
import Intake
import Signing
import Storage
import TestSupport
import Testing

@Suite("Conversions as forms, over real TLS", .serialized)
struct ConversionFormTests {
    private struct Form {
        let name: String
        var target = Shop.path
        var type: String? = Forms.urlencodedType
        var headers: [(name: String, value: String)] = []
        var body: [UInt8] = []

        /// Byte for byte, so that a form without a Content-Type has none.
        var bytes: [UInt8] {
            var lines = ["POST \(target) HTTP/1.1", "Host: graph.facebook.com", "Content-Length: \(body.count)"]
            if let type { lines.append("Content-Type: \(type)") }
            lines += headers.map { "\($0.name): \($0.value)" }
            return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
        }
    }

    private static let event = Shop.purchase()
    private static let events = JSON.array([event]).encoded()
    private static let texts = JSON.array([.string(event.encoded())]).encoded()
    private static let signed = Shop.signed.map { ($0.0, $0.1.text ?? "") }
    private static let query = signed.map { "\($0.0)=\($0.1)" }.joined(separator: "&")

    private static let forms: [Form] = [
        Form(name: "objects", body: Forms.urlencoded(signed + [("data", events)])),
        Form(name: "texts", body: Forms.urlencoded([("data", texts)] + signed)),
        Form(name: "one text", body: Forms.urlencoded(signed + [("data", JSON.string(events).encoded())])),
        Form(name: "with nulls", body: Forms.urlencoded(signed + [("data", "[null,\(event.encoded()),null]")])),
        Form(name: "spaces and line ends", body: Forms.urlencoded(signed + [("data", " [\r\n\(event.encoded()) ]\n")])),
        Form(name: "token in the query", target: "\(Shop.path)?\(query)", body: Forms.urlencoded([("data", texts)])),
        Form(
            name: "token in the header", headers: [("Authorization", "Bearer \(Shop.token)")],
            body: Forms.urlencoded(signed.filter { $0.0 != "access_token" } + [("data", events)])),
        Form(
            name: "the last of two counts",
            body: Forms.urlencoded([("data", "[]"), ("access_token", "x")] + signed + [("data", events)])),
        Form(
            name: "empty ones are none", body: Forms.urlencoded(signed + [("data", events), ("data", ""), ("access_token", "")])),
        Form(name: "without a type", type: nil, body: Forms.urlencoded(signed + [("data", events)])),
        Form(name: "an empty type", type: "", body: Forms.urlencoded(signed + [("data", events)])),
        Form(name: "all in the query", target: "\(Shop.path)?\(query)&data=\(Forms.escaped(events))", type: nil),
        Form(
            name: "data in the query, token in the form", target: "\(Shop.path)?data=\(Forms.escaped(texts))",
            body: Forms.urlencoded(signed)),
        Form(
            name: "a charset", type: "\(Forms.urlencodedType); charset=UTF-8", body: Forms.urlencoded(signed + [("data", events)])
        ),
        Form(
            name: "JSON, data in the query", target: "\(Shop.path)?data=\(Forms.escaped(events))", type: "application/json",
            body: JSON.object(JSONObject(Shop.signed.map { .init(key: $0.0, value: $0.1) })).bytes()),
        Form(name: "parts", type: Forms.multipartType, body: Forms.multipart(signed + [("data", events)])),
        Form(name: "parts in another order", type: Forms.multipartType, body: Forms.multipart([("data", texts)] + signed)),
        Form(
            name: "a quoted boundary", type: "multipart/form-data; boundary=\"a b=c\"; charset=utf-8",
            body: Forms.multipart(signed + [("data", events)], boundary: "a b=c")),
        Form(
            name: "parts with types of their own", type: Forms.multipartType,
            body: Forms.multipart(
                signed + [("data", events)], more: ["Content-Type: multipart/form-data; boundary=x", "Content-Length: 7"])),
        Form(
            name: "a file", type: Forms.multipartType,
            body: Forms.multipart(signed + [("data\"; filename=\"name=\\\"x\\\".json", events)])),
        Form(
            name: "words around the parts", type: Forms.multipartType,
            body: Array("preamble\r\n".utf8) + Forms.multipart(signed + [("data", events)]) + Array("epilogue".utf8)),
        Form(
            name: "the boundary within a value", type: "multipart/form-data; boundary=x",
            body: Forms.multipart(
                [("partner_agent", "a\r\n--xy\r\nb"), ("upload_tag", "")] + signed + [("data", events)], boundary: "x")),
    ]

    @Test("whatever form it comes in, the same events are stored")
    func taken() async throws {
        let port = try await PublicPort.start(sources: [Shop.source()])
        // On one connection, the plain JSON first: what follows a form is read as well.
        let plain = Form(name: "JSON", type: "application/json", body: Shop.body([Self.event]).bytes())
        let all = [plain] + Self.forms + [plain]
        let answers = try await RawExchange(port: port.curl.port).send(all.map(\.bytes))
        for (form, answer) in zip(all, answers) { AnswerRule.expectTaken(answer, status: 200, form.name) }
        let stored = try await port.deliveries().map { try JSON.parse($0.request?.body ?? []) }
        #expect(stored.count == all.count)
        for (form, body) in zip(all, stored) { #expect(body["data"] == stored[0]["data"], "\(form.name)") }
        #expect(stored.last(where: { $0["partner_agent"] != nil })?["partner_agent"] == "a\r\n--xy\r\nb")
        await port.stop()
    }

    @Test("curl's own forms are taken: -d and -F", arguments: Curl.Version.allCases)
    func curl(version: Curl.Version) async throws {
        let port = try await PublicPort.start(sources: [Shop.source()])
        let authority = try DevelopmentCertificates.shared().authority
        let fields = Self.signed.map { "\($0.0)=\($0.1)" } + ["data=\(Self.events)"]
        for option in ["--data-urlencode", "--form-string"] {
            let start = ["curl", "--\(version.rawValue)", "--silent", "--noproxy", "*", "--cacert", authority]
            let answer = try await Curl.run(
                start + fields.flatMap { [option, $0] } + ["https://localhost:\(port.curl.port)\(Shop.path)"])
            #expect(try JSON.parse(Array(answer.utf8))["events_received"]?.integer == 1, "\(option): \(answer)")
        }
        #expect(try await port.deliveries().count == 2)
        await port.stop()
    }

    @Test("a thousand events as Python sends them are taken, parsed off the event loop")
    func thousand() async throws {
        let port = try await PublicPort.start(sources: [Shop.source()])
        let events = (0..<1_000).map { JSON.string(Shop.purchase($0).encoded()) }
        let form = Form(name: "", body: Forms.urlencoded(Self.signed + [("data", JSON.array(events).encoded())]))
        #expect(form.body.count > Limits.parsedInPlaceBytesMax)
        let answer = try await RawExchange(port: port.curl.port).send([form.bytes])[0]
        AnswerRule.expectTaken(answer, count: 1_000, status: 200, "")
        await port.stop()
    }

    // MARK: faults

    private static let good = Forms.multipart(signed + [("data", events)])

    /// Forms that can't be read, by the code of what is wrong.
    static let faults: [(code: String, type: String, body: [UInt8])] = [
        ("boundary_missing", "multipart/form-data", good), ("boundary_missing", "multipart/form-data; boundary=", good),
        ("boundary_missing", "multipart/form-data; boundary=\(String(repeating: "x", count: 71))", good),
        ("part_unterminated", Forms.multipartType, []), ("part_unterminated", "multipart/form-data; boundary=another", good),
        ("part_unterminated", Forms.multipartType, Array(good.dropLast(4))),
        ("part_unterminated", Forms.multipartType, Array(good.prefix(good.count / 2))),
        ("part_unterminated", Forms.multipartType, Array(good.prefix(80))),
        ("part_unterminated", Forms.multipartType, good.filter { $0 != 0x0D }),
        (
            "part_header_too_long", Forms.multipartType,
            Forms.multipart(signed, more: ["X: \(String(repeating: "x", count: 3_000))"])
        ),
        ("part_header_too_long", Forms.multipartType, Forms.multipart(signed, more: (0..<500).map { "X-\($0): x" })),
        ("part_unnamed", Forms.multipartType, Array("--\(Forms.boundary)\r\n\r\nx\r\n--\(Forms.boundary)--".utf8)),
        ("too_many_fields", Forms.urlencodedType, Forms.urlencoded((0...100).map { ("f\($0)", "x") })),
        ("too_many_fields", Forms.multipartType, Forms.multipart((0...100).map { ("f\($0)", "x") })),
    ]

    @Test("a form that can't be read is refused with what is wrong about it", arguments: Curl.Version.allCases)
    func unreadable(version: Curl.Version) async throws {
        let port = try await PublicPort.start(sources: [Shop.source()])
        var curl = port.curl
        curl.version = version
        let requests = Self.faults.map { WebRequest("POST", Shop.path, headers: [("Content-Type", $0.type)], body: $0.body) }
        for (fault, answer) in zip(Self.faults, try await curl.send(requests)) {
            AnswerRule.expectRefused(answer, status: 400, fault.code)
            try ConversionTests.expectGraphShaped(answer, code: 100)
        }
        #expect(try await port.deliveries().isEmpty)
        for (fault, line) in zip(Self.faults, port.log.lines) { #expect(line.contains("reason=\(fault.code) "), "\(line)") }
        await port.stop()
    }
}
