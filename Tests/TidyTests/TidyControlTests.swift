import Testing

/// The same checks on falsified snippets: a rule that finds nothing here would find nothing anywhere.
@Suite("The tidy rules find what they look for")
struct TidyControlTests {
    private static func file(_ path: String, _ text: String) -> SourceFile { SourceFile(path: path, text: text) }

    @Test(
        "an import from above, from beside, of a C library or of a package",
        arguments: [
            ("Sources/Core/X.swift", "import Signing"), ("Sources/Core/X.swift", "import Foundation"),
            ("Sources/Signing/X.swift", "package import Storage"),
            ("Sources/Listener/X.swift", "import Signing"), ("Sources/Storage/X.swift", "import COpenSSL"),
            ("Sources/Admin/X.swift", "import GraphAPI"),
            ("Sources/Engine/X.swift", "internal import Hummingbird"), ("Sources/Engine/X.swift", "import Intake"),
            ("Sources/Intake/X.swift", "import Engine"),
            ("Sources/GraphEmulator/X.swift", "@testable import Core"), ("Sources/Outbound/X.swift", "import struct Storage.Row"),
            ("Sources/Intake/X.swift", "  @preconcurrency  import  GraphAPI"), ("Sources/Cellar/X.swift", "import Core"),
        ])
    func imports(path: String, text: String) { #expect(House.findings(in: Self.file(path, text)).count == 1) }

    @Test(
        "no import where there is none",
        arguments: ["// import Signing", "let a = \"import Signing\"", "/* \n import Signing\n */", "import Core", "important()"])
    func noImports(text: String) { #expect(House.findings(in: Self.file("Sources/Signing/X.swift", text)) == []) }

    @Test(
        "a word",
        arguments: [
            "Task.detached { }", "let x = try! f()", "let x = y as! Z", "print(x)", "debugPrint(x)", "public struct X {}",
            "@_exported import Core",
            "default: break", "default:\n    break", "do { try f() } catch { }", "do { try f() } catch is E {\n    // nothing\n}",
            "fatalError(\"no\")",
            "// " + "FIX" + "ME later", "/// " + "TO" + "DO: later", "final class X: @unchecked Sendable {}",
            "nonisolated(unsafe) var x = 1",
            "let a = \"\\(try! f())\"",
        ])
    func words(text: String) { #expect(Words.findings(in: Self.file("Sources/Engine/X.swift", text)).count == 1) }

    @Test(
        "no word in comments, in literals, or in others",
        arguments: [
            "/// The public port; print(x) and try! f().", "let a = \"try! as! print(\"", "#expect(fingerprint(x))",
            "let a = #\"public \"x\" try!\"#",
            "let text = \"\"\"\n    public print(\n    \"\"\"", "do { try f() } catch { log(error) }", "case .a: break",
            "let a = \"\\\"\"; let republic = 1",
        ])
    func noWords(text: String) { #expect(Words.findings(in: Self.file("Sources/Engine/X.swift", text)) == []) }

    @Test(
        "what a room may not know",
        arguments: [
            ("Sources/Core/X.swift", "func f() async {}"), ("Sources/Core/X.swift", "let now = Date()"),
            ("Sources/Core/Rules/X.swift", "let x: Double = 1"),
            ("Sources/Engine/X.swift", "run(\"SELECT id FROM events\")"),
            ("Sources/Admin/X.swift", "run(\"\"\"\n    UPDATE jobs SET a = 1\n    \"\"\")"),
        ])
    func floors(path: String, text: String) { #expect(Words.findings(in: Self.file(path, text)).count == 1) }

    @Test("a trusted file may trust itself, a printer may print")
    func exceptions() {
        #expect(Words.findings(in: Self.file("Sources/Signing/SHA256.swift", "nonisolated(unsafe) let x = 1")) == [])
        #expect(Words.findings(in: Self.file("Sources/touchstone/Console.swift", "print(x)")) == [])
    }

    @Test("a line is counted from 1, and right behind literals of several lines")
    func lines() {
        let findings = Words.findings(
            in: Self.file("Sources/Engine/X.swift", "let a = \"\"\"\n  x\n  \"\"\"\n/* a\n b */ let b = try! f()"))
        #expect(findings.map(\.line) == [5])
    }

    @Test("a dependency upwards, a room that is missing, a target that is no room")
    func package() throws {
        let text = try Repository.text(of: "Package.swift")
        let upwards = text.replacing(
            "room(\"Signing\", [\"Core\", \"COpenSSL\"])",
            with: "room(\"Signing\", [\"Core\", \"COpenSSL\", \"Storage\", hummingbird])")
        #expect(
            PackageManifest(text: upwards).findings().map(\.message) == [
                "Signing may not depend on Storage", "Signing may not depend on Hummingbird",
            ])
        let missing = text.replacing("room(\"Core\", [])", with: "room(\"Cellar\", [])")
        #expect(
            PackageManifest(text: missing).findings().map(\.message) == [
                "Cellar is no room of the house", "the room Core is missing",
            ])
    }

    @Test("a handler without file, without line or without fixture")
    func handlers() {
        let catalog = Self.file(
            Handlers.catalog, "package static let all: [any Handler.Type] = [\n    Touch.self,\n    Notify.self,\n]")
        let touch = Self.file(
            "Sources/Engine/Handlers/Touch.swift", "package struct Touch: Handler {\n    package static let name = \"touch\"\n}")
        let notify = Self.file("Sources/Engine/Handlers/Notify.swift", "struct Notify: Handler { static let name = \"notify\" }")
        let stray = Self.file(
            "Sources/Engine/Handlers/Stray.swift", "struct Stray: Sendable, Handler { static let name = \"stray\" }")
        let fixtures = Set(
            ["touch", "notify", "stray"].flatMap { ["fixtures/handlers/\($0).http", "fixtures/handlers/\($0).expect.json"] })
        #expect(Handlers.findings(catalog: catalog, files: [touch, notify], fixtures: fixtures) == [])
        #expect(Handlers.findings(catalog: catalog, files: [touch], fixtures: fixtures).count == 1)
        #expect(Handlers.findings(catalog: catalog, files: [touch, notify, stray], fixtures: fixtures).count == 1)
        #expect(
            Handlers.findings(
                catalog: catalog, files: [touch, notify], fixtures: fixtures.subtracting(["fixtures/handlers/touch.http"])
            ).count == 1)
        #expect(Handlers.findings(catalog: Self.file(Handlers.catalog, ""), files: [], fixtures: []).count == 1)
    }

    @Test("a stranger at the top, one that is missing, a path outside, a private key")
    func grounds() {
        let names = Grounds.topLevel.sorted()
        #expect(Grounds.findings(topLevel: names) == [])
        #expect(Grounds.findings(topLevel: names + ["notes.md"]).count == 1)
        #expect(Grounds.findings(topLevel: Array(names.dropFirst())).count == 1)
        #expect(Grounds.findings(in: "see .." + "/shared/x", of: "a").count == 1)
        #expect(Grounds.findings(in: "-----BEGIN EC " + "PRIVATE KEY-----\nMHcCAQEEIDsfd8f7s9d8f7s9d8f7", of: "a").count == 1)
    }

    @Test("a long function, and how long it is")
    func sizes() {
        let body = String(repeating: "    work()\n", count: 70)
        let file = Self.file("a.swift", "protocol P { func g(a: Int) }\nfunc f(a: Int) {\n\(body)}\nfunc g() { }\n")
        #expect(Sizes.functions(in: file).filter { $0.name == "f" }.map(\.lines) == [72])
        #expect(Sizes.long(in: file) == ["a.swift:2: f, 72 lines"])
    }
}
