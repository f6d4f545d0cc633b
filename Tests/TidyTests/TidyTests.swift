import Testing

@Suite("The house is tidy")
struct TidyTests {
    @Test("every room imports downwards only, C libraries included")
    func imports() throws {
        let findings = try Repository.sources().flatMap(House.findings(in:))
        #expect(findings == [])
    }

    @Test("every target of the package is a room and depends downwards only")
    func package() throws {
        let findings = try PackageManifest(text: Repository.text(of: "Package.swift")).findings()
        #expect(findings == [])
    }

    @Test("product code does without the words that the house does without")
    func words() throws {
        let findings = try Repository.sources().flatMap(Words.findings(in:))
        #expect(findings == [])
    }

    @Test("every file that is trusted about threads is there and still needs it")
    func trusted() throws {
        for path in Words.trusted.keys {
            let file = try SourceFile(path: path, text: Repository.text(of: path))
            #expect(file.code.contains(/@unchecked Sendable|nonisolated\(unsafe\)/), "\(path)")
        }
    }

    @Test("every handler has its file, its line in the catalogue and its fixture")
    func handlers() throws {
        let catalog = try SourceFile(path: Handlers.catalog, text: Repository.text(of: Handlers.catalog))
        let fixtures = try Set(Repository.paths(under: "fixtures/handlers"))
        let files = try Repository.sources(under: "Sources/Engine/Handlers")
        let findings = Handlers.findings(catalog: catalog, files: files, fixtures: fixtures)
        #expect(findings == [])
    }

    @Test("the top of the repository holds what the design names, and nothing else")
    func topLevel() throws {
        let findings = try Grounds.findings(topLevel: Repository.topLevel())
        #expect(findings == [])
    }

    @Test("no file names a path outside of the repository, or holds a private key")
    func strangers() throws {
        let findings = try Repository.paths(under: "").flatMap { path -> [Finding] in
            guard let text = try? Repository.text(of: path) else { return [] }  // bytes that are no text: captured bodies
            return Grounds.findings(in: text, of: path)
        }
        #expect(findings == [])
    }

    @Test("what is long is listed, to be looked at again")
    func sizes() throws {
        let files = try Repository.sources()
        let long = files.flatMap(Sizes.long(in:))
        print("Files over \(Sizes.fileLines) lines and functions over \(Sizes.functionLines):")
        for line in long { print("  \(line)") }
        #expect(files.count > 100)
    }
}
