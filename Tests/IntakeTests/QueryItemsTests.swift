import Intake
import Testing

@Suite("Query items")
struct QueryItemsTests {
    @Test(
        "names and values are decoded, and what is no escape stays as it is written",
        arguments: [
            ("a=1", ["1"]),
            ("a=1&a=2", ["1", "2"]),
            ("b=9&a=1", ["1"]),
            ("a_=3&a=1", ["3", "1"]),
            ("a", [""]),
            ("a=", [""]),
            ("a=b=c", ["b=c"]),
            ("a=x+y%20z", ["x y z"]),
            ("%61=1", ["1"]),
            ("a=%C3%BC", ["ü"]),
            ("a=%", ["%"]),
            ("a=%4", ["%4"]),
            ("a=%zz", ["%zz"]),
            ("a=%+1", ["% 1"]),
            ("a=%2", ["%2"]),
            ("a=%252e", ["%2e"]),
            ("a=%ff", ["\u{FFFD}"]),
            ("a=1;a=2", ["1;a=2"]),
            ("", []),
            ("&", []),
            ("=1", []),
        ])
    func values(query: String, expected: [String]) {
        #expect(QueryItems(query).values(of: "a", or: "a_") == expected)
    }
}
