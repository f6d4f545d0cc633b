/// What `Package.swift` says of the targets that lie in `Sources/`.
struct PackageManifest {
    /// Dependencies as written: names of rooms, and names of `let`s that stand for products of packages.
    let targets: [String: [String]]
    /// The module behind such a `let`.
    let products: [String: String]

    init(text: String) {
        var targets: [String: [String]] = [:]
        for match in text.matches(of: /(?:room|program)\(\s*"([\w-]+)",\s*\[([^\]]*)\]/) {
            targets[String(match.1)] = match.2.split(separator: ",").map { name in
                name.filter { !$0.isWhitespace && $0 != "\"" }
            }.filter { !$0.isEmpty }
        }
        for match in text.matches(of: /\.systemLibrary\(name: "(\w+)"/) { targets[String(match.1)] = [] }
        self.targets = targets
        products = Dictionary(
            text.matches(of: /let (\w+) = Target\.Dependency\.product\(name: "(\w+)"/).map { (String($0.1), String($0.2)) },
            uniquingKeysWith: { $1 })
    }

    /// Dependencies that the floors forbid, rooms that are missing, and targets that are no rooms.
    func findings() -> [Finding] {
        let file = "Package.swift"
        let strangers = targets.keys.filter { House.rooms[$0] == nil }.sorted().map {
            Finding(file, 0, "\($0) is no room of the house")
        }
        let missing = House.rooms.keys.filter { targets[$0] == nil }.sorted().map {
            Finding(file, 0, "the room \($0) is missing")
        }
        let upwards = targets.sorted { $0.key < $1.key }.flatMap { room, names in
            let allowed = House.allowed(in: room) ?? []
            return names.map { products[$0] ?? $0 }.filter { !allowed.contains($0) }.map {
                Finding(file, 0, "\(room) may not depend on \($0)")
            }
        }
        return strangers + missing + upwards
    }
}
