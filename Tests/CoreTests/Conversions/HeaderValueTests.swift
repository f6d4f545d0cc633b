import Core
import Testing

@Suite("A header's value with its parameters")
struct HeaderValueTests {
    @Test(
        "a parameter is found, in quotation marks or without",
        arguments: [
            ("form-data; name=data", "data"), ("form-data; name=\"data\"", "data"), ("form-data;name=data;x", "data"),
            ("form-data ; NAME = \"data\" ; filename=\"a\"", "data"), ("form-data; filename=\"; name=x\"; name=data", "data"),
            ("form-data; name=\"a\\\"b\\\\c\"", "a\"b\\c"), ("form-data; name=\"a", "a"), ("form-data; name=a=b", "a=b"),
            ("form-data; name=a; name=b", "a"), ("form-data; name=", ""), ("form-data; name=\"\"", ""),
            ("form-data; xname=a", nil),
            ("form-data", nil), ("", nil), ("; name=a", "a"), ("form-data; name", nil), ("form-data; name; name=b", "b"),
        ] as [(String, String?)])
    func parameter(_ text: String, _ value: String?) {
        #expect(HeaderValue(text.utf8)["name"] == value)
    }

    @Test(
        "the word before them is in lower case",
        arguments: [("Form-Data; name=x", "form-data"), (" multipart/FORM-DATA\t;x", "multipart/form-data"), ("", ""), (";", "")])
    func word(_ text: String, _ word: String) { #expect(HeaderValue(text.utf8).word == word) }
}
