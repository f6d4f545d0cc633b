import Engine
import Gateway
import Testing

@Suite("The handlers that a configuration may name")
struct SettingsCatalogTests {
    @Test("they are those of the engine, each with what it takes")
    func catalog() {
        #expect(HandlerContract.catalog.map(\.name) == HandlerCatalog.descriptions.map(\.name))
        let arguments = Dictionary(uniqueKeysWithValues: HandlerContract.catalog.map { ($0.name, $0.argument) })
        #expect(arguments["touch"] == HandlerContract.Argument.none)
        #expect(arguments["notify"] == .destination([.standard, .slack]))
        #expect(arguments["forward"] == .destination([.received]))
    }
}
