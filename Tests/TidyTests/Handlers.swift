/// Every handler has its file, its line in the catalogue and its fixture.
enum Handlers {
    static let folder = "Sources/Engine/Handlers/"
    static let catalog = "Sources/Engine/HandlerCatalog.swift"

    /// Types registered in the catalogue.
    static func registered(in catalog: SourceFile) -> [String] {
        guard let list = catalog.code.firstMatch(of: /\[any Handler\.Type\]\s*=\s*\[([^\]]*)\]/) else { return [] }
        return list.1.matches(of: /(\w+)\.self/).map { String($0.1) }
    }

    /// Types of a file that are handlers, with their names in the configuration.
    static func declared(in file: SourceFile) -> [(type: String, name: String)] {
        guard
            let type = file.code.firstMatch(
                of: /\b(?:struct|class|enum|actor)\s+(\w+)\s*:[^{]*\b(?:Reading|Conversion)?Handler\b/)
        else { return [] }
        let name = file.text.firstMatch(of: /static let name(?:\s*:\s*String)?\s*=\s*"([^"]*)"/)
        return [(String(type.1), name.map { String($0.1) } ?? "")]
    }

    /// `fixtures` are paths from the root of the repository.
    static func findings(catalog: SourceFile, files: [SourceFile], fixtures: Set<String>) -> [Finding] {
        let registered = Self.registered(in: catalog)
        let declared = files.flatMap { file in Self.declared(in: file).map { (file: file.path, type: $0.type, name: $0.name) } }
        let unfiled = registered.filter { type in !declared.contains { $0.type == type && $0.file == "\(folder)\(type).swift" } }
            .map { Finding(catalog.path, 0, "\($0) has no file \(folder)\($0).swift") }
        let unregistered = declared.filter { !registered.contains($0.type) }.map {
            Finding($0.file, 0, "\($0.type) is not in the catalogue")
        }
        let bare = declared.flatMap { handler in
            ["http", "expect.json"].map { "fixtures/handlers/\(handler.name).\($0)" }.filter { !fixtures.contains($0) }
                .map { Finding(handler.file, 0, "\(handler.type) has no \($0)") }
        }
        let nothing = registered.isEmpty ? [Finding(catalog.path, 0, "no handler is registered")] : []
        return nothing + unfiled + unregistered + bare
    }
}
