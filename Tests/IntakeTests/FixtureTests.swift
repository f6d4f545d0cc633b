import Foundation
import Signing
import TestSupport
import Testing

@Suite("Captured requests, over real TLS", .serialized)
struct FixtureTests {
    private static let groups = ["deliveries", "shapes", "handlers", "signed-bad", "refused"]

    @Test(
        "every captured request is answered as it says, and stored exactly when it was accepted", arguments: Curl.Version.allCases
    )
    func everyFixture(version: Curl.Version) async throws {
        let fixtures = try Self.fixtures.filter { !$0.isConversion }
        #expect(fixtures.count > 100)
        let port = try await PublicPort.start()
        var curl = port.curl
        curl.version = version
        let answers = try await curl.send(fixtures.map { WebRequest($0) })
        for (fixture, answer) in zip(fixtures, answers) {
            #expect(answer.status == fixture.expected.status, "\(fixture.path)")
            #expect(!(300..<400).contains(answer.status), "\(fixture.path)")
        }
        let accepted = fixtures.filter { $0.expected.status == 200 }
        let stored = try await port.stored()
        #expect(stored.map(\.body) == accepted.map(\.body))
        #expect(stored.allSatisfy { $0.app == "main" })
        await port.stop()
    }

    private static var fixtures: [Fixture] {
        get throws { try groups.flatMap { Fixture.all(in: $0) }.map { try Fixture($0) } }
    }

    @Test("captured conversions are taken at their time, and refused eight days later")
    func conversions() async throws {
        let fixtures = try Self.fixtures.filter(\.isConversion)
        #expect(!fixtures.isEmpty)
        let source = Shop.source(
            "fixture", token: "touchstone-fixture-source-token", secret: nil, datasets: ["1234567890123"])
        for fixture in fixtures {
            for (laterMs, status) in [(Int64(0), fixture.expected.status), (8 * 86_400_000, 400)] {
                let nowMs = fixture.expected.capturedAtMs + laterMs
                let port = try await PublicPort.start(sources: [source], nowMs: { nowMs })
                let answer = try await port.curl.send(WebRequest(fixture))
                #expect(answer.status == status, "\(fixture.path): \(answer.body)")
                #expect(try await port.deliveries().count == (status == 200 ? 1 : 0), "\(fixture.path)")
                await port.stop()
            }
        }
    }

    @Test("a refused request leaves one line in the log, with nothing in it that the caller sent")
    func oneLine() async throws {
        let fixtures = try Fixture.all(in: "refused").map { try Fixture($0) }
        let port = try await PublicPort.start()
        _ = try await port.curl.send(fixtures.map { WebRequest($0) })
        let lines = port.log.lines
        #expect(lines.count == fixtures.count)
        for line in lines {
            #expect(line.contains("reason="))
            #expect(!line.contains("sha256=") && !line.contains("leadgen") && !line.contains(Fixture.secret), "\(line)")
        }
        await port.stop()
    }

    @Test("one flipped bit anywhere in body or signature is a 401 and no row")
    func flippedBits() async throws {
        let port = try await PublicPort.start()
        let good = port.delivery(#"{"object":"page","entry":[]}"#)
        let body = try #require(good.body)
        var requests: [WebRequest] = []
        for bit in 0..<body.count * 8 where bit % 5 == 0 {
            var altered = good
            altered.body?[bit / 8] ^= 1 << (bit % 8)
            requests.append(altered)
        }
        for place in 0..<64 {
            var altered = good
            var digits = Array(good.headers[1].value.utf8)
            digits[7 + place] = digits[7 + place] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
            altered.headers[1].value = String(decoding: digits, as: UTF8.self)
            requests.append(altered)
        }
        let answers = try await port.curl.send(requests)
        #expect(answers.allSatisfy { $0.status == 401 && $0.body.isEmpty })
        #expect(try await port.stored().isEmpty)
        #expect(try await port.curl.send(good).status == 200)
        #expect(try await port.stored().count == 1)
        await port.stop()
    }
}

extension Fixture {
    fileprivate var isConversion: Bool { target.hasSuffix("/events") }
}
