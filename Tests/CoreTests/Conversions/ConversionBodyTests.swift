import Core
import Testing

@Suite("Bodies of conversions: JSON, forms, parts")
struct ConversionBodyTests {
    typealias Sample = ConversionSample

    private static func parse(_ body: String, _ encoding: ConversionRequest.Encoding, query: String = "") throws
        -> ConversionRequest
    {
        try ConversionRequest.parse(Array(body.utf8), as: encoding, query: query).get()
    }

    private static func fault(_ body: String, _ encoding: ConversionRequest.Encoding) -> ConversionFault? {
        switch ConversionRequest.parse(Array(body.utf8), as: encoding) {
        case .success: nil
        case .failure(let refusal): refusal.fault
        }
    }

    @Test(
        "a value of a form is decoded",
        arguments: [
            ("a+b%20c", "a b c"), ("%2B%26%3D%25", "+&=%"), ("caf%C3%A9", "café"), ("%c3%a9", "é"), ("a=b=c", "a=b=c"),
            ("%", "%"), ("%4", "%4"), ("%zz%41", "%zzA"), ("100%+", "100% "), ("%C3", "\u{FFFD}"), ("%00", "\u{0}"),
            ("%F0%9F%98%80", "😀"), ("é", "é"),
        ])
    func decoded(_ text: String, _ value: String) throws {
        let request = try Self.parse("&&upload_id=\(text)&x", .form)
        #expect(request.parameters.uploadID == value)
        #expect(try Self.parse("{}", .json, query: "upload_id=\(text)").parameters.uploadID == value)
    }

    @Test("a name of a form is decoded as well, and of two fields the last one counts")
    func names() throws {
        let request = try Self.parse(
            "access%5Ftoken=a&access_token=b&appsecret%5fproof=p&=x&access_token=", .form, query: "access_token=q")
        #expect(request.accessToken == "b")
        #expect(request.proof == "p")
        #expect(try Self.parse("access_token=", .form, query: "access_token=q").accessToken == "q")
    }

    @Test("parts are read up to the line of the boundary, whatever stands in them")
    func parts() throws {
        let body = """
            words before\r\n--x \t\r\ncontent-disposition: FORM-DATA; filename="name=y"; NAME=upload_id\r\nX: y\r\n\r\na\r\n\r\n--xx\r\n--\r\nb\r\n--x\r\n\
            Content-Disposition: form-data; name="upload_tag"\r\n\r\n--x--\r\n words behind --x
            """
        let request = try Self.parse(body, .multipart(boundary: "x"))
        #expect(request.parameters.uploadID == "a\r\n\r\n--xx\r\n--\r\nb")
        #expect(request.parameters.uploadTag == nil)
    }

    @Test(
        "parts that can't be told apart are refused",
        arguments: [
            ("", "x", .partUnterminated), ("--x", "x", .partUnterminated), ("--x\r\n", "x", .partUnterminated),
            ("--x\r\nContent-Disposition: form-data; name=a\r\n", "x", .partUnterminated),
            ("--x\r\nContent-Disposition: form-data; name=a\r\n\r\nv", "x", .partUnterminated),
            ("--x\r\nContent-Disposition: form-data; name=a\r\n\r\nv\r\n--x", "x", .partUnterminated),
            ("--x\r\nContent-Disposition: form-data; name=a\r\n\r\nv\r\n--x-- z", "x", .partUnterminated),
            ("--x\r\n\r\nv\r\n--x--", "x", .partUnnamed),
            ("--x\r\nContent-Disposition: name\r\n\r\nv\r\n--x--", "x", .partUnnamed),
            ("--x\r\nContent-Type: text/plain; name=a\r\n\r\nv\r\n--x--", "x", .partUnnamed), ("--x--", "", .boundaryMissing),
            ("--x--", String(repeating: "x", count: 71), .boundaryMissing), ("--x--", "x", nil), ("--x--\r\n", "x", nil),
            ("--x\r\nContent-Disposition: form-data; name=a\r\n\r\nv\r\n--x--", "x", nil),
        ] as [(String, String, ConversionFault?)])
    func torn(_ body: String, _ boundary: String, _ fault: ConversionFault?) {
        #expect(Self.fault(body, .multipart(boundary: boundary)) == fault)
    }

    @Test("the fields of a form are bounded", arguments: [(100, nil), (101, .tooManyFields)] as [(Int, ConversionFault?)])
    func bounded(_ count: Int, _ fault: ConversionFault?) {
        let part = "--x\r\nContent-Disposition: form-data; name=a\r\n\r\nv\r\n"
        #expect(Self.fault(Array(repeating: "a=1", count: count).joined(separator: "&"), .form) == fault)
        #expect(Self.fault(String(repeating: part, count: count) + "--x--", .multipart(boundary: "x")) == fault)
    }

    @Test(
        "so is the header of a part", arguments: [(1_900, .partUnnamed), (2_100, .partHeaderTooLong)] as [(Int, ConversionFault)])
    func longHeader(_ length: Int, _ fault: ConversionFault) {
        let body = "--x\r\nX: \(String(repeating: "x", count: length))\r\n\r\nv\r\n--x--"
        #expect(Self.fault(body, .multipart(boundary: "x")) == fault)
    }

    @Test("any bytes are read or refused, in a time that grows with their number")
    func anyBytes() {
        var random = SystemRandomNumberGenerator()
        let pieces = [
            "--x", "\r\n", "--", "&", "=", "%", "+", "Content-Disposition: form-data; name=data", "[{", "\"", ";", "\u{0}",
        ]
        for _ in 0..<2_000 {
            let body = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                pieces[Int.random(in: 0..<pieces.count, using: &random)]
            }
            for encoding in [ConversionRequest.Encoding.form, .multipart(boundary: "x"), .json] {
                guard case .success(let request) = ConversionRequest.parse(Array(body.joined().utf8), as: encoding) else {
                    continue
                }
                #expect(ConversionCheck(request, consent: Sample.policy, nowMs: Sample.nowMs).refusal != nil)
            }
        }
        #expect(Self.fault(String(repeating: "\r\n--x", count: 200_000), .multipart(boundary: "xx")) == .partUnterminated)
        #expect(Self.fault(String(repeating: "&", count: 1_000_000), .form) == nil)
    }

    // MARK: data

    @Test("data may stand in the query; what the body says counts before it")
    func query() throws {
        let event = Sample.event().encoded()
        func check(_ body: String, _ encoding: ConversionRequest.Encoding, _ query: String) throws -> ConversionCheck {
            ConversionCheck(try Self.parse(body, encoding, query: query), consent: Sample.policy, nowMs: Sample.nowMs)
        }
        let escaped = event.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let without: [(String, ConversionRequest.Encoding)] = [
            ("", .form), ("data=", .form), ("{}", .json), (#"{"data":null}"#, .json),
        ]
        for (body, encoding) in without {
            #expect(try check(body, encoding, "data=%5B\(escaped)%5D").events.count == 1, "\(body)")
        }
        #expect(try check(#"{"data":[]}"#, .json, "data=%5B\(escaped)%5D").refusal?.fault == .dataEmpty)
        #expect(try check("data=[]", .form, "data=%5B\(escaped)%5D").refusal?.fault == .dataEmpty)
        #expect(try check("{}", .json, "data=x").refusal?.fault == .dataNotArray)
    }

    @Test("nulls are no events, and count for the place of one")
    func places() throws {
        let good = Sample.event().encoded(), bad = Sample.with("event_time", nil).encoded()
        let text = { (event: String) in JSON.string(event).encoded() }
        let list = "[null,\(good),null,null,\(bad)]"
        let bodies: [(String, ConversionRequest.Encoding)] = [
            (#"{"data":\#(list)}"#, .json), (#"{"data":[null,\#(text(good)),null,null,\#(text(bad))]}"#, .json),
            (#"{"data":\#(text(list))}"#, .json), ("data=\(list)", .form),
        ]
        for (body, encoding) in bodies {
            let request = try Self.parse(body, encoding)
            let check = ConversionCheck(request, consent: Sample.policy, nowMs: Sample.nowMs)
            #expect(check.refusal?.path == "$['data'][4]['event_time']", "\(body)")
        }
        let warned = Sample.with("event_source_url", nil).encoded()
        let check = ConversionCheck(try Self.parse("data=[null,\(warned)]", .form), consent: Sample.policy, nowMs: Sample.nowMs)
        #expect(check.messages.first?.hasPrefix("$['data'][1]") == true)
    }

    // MARK: the gateway

    private static func mended(_ event: String) throws -> ServerEvent? {
        let body = #"{"accessKey":"k","data":[\#(event)]}"#
        let request = try ConversionRequest.parse(Array(body.utf8), in: .gateway).get()
        #expect(request.accessToken == "k")
        return ConversionCheck(request, consent: ConsentPolicy(path: ["x"], without: .send), nowMs: Sample.nowMs).events.first
    }

    @Test("custom properties that Gson keeps apart stand beside the others, and replace none")
    func customProperties() throws {
        let event = try Self.mended(
            Sample.customData(#"{"value":5,"currency":"EUR","customProperties":{"a":"1","b":null,"value":"9"}}"#).encoded())
        let data = try #require(event?.fields["custom_data"])
        #expect(data["a"] == "1" && data["value"] == 5)
        #expect(Set(data.members.map(\.key)) == ["a", "value", "currency"])
    }

    @Test("extinfo that Gson keeps in an object is the list again, its gaps filled")
    func extinfo() throws {
        let list =
            #"["a2",\#(Array(repeating: "null", count: 3).joined(separator: ",")),"14",\#(Array(repeating: "null", count: 11).joined(separator: ","))]"#
        let app = try JSON.parse(
            Array(#"{"advertiser_tracking_enabled":false,"extinfo":{"extendedDeviceInfoArray":\#(list)}}"#.utf8))
        let event = try Self.mended(Sample.with("app_data", app).encoded())
        #expect(
            event?.fields["app_data"]?["extinfo"]?.items.map { $0.text ?? "?" } == ["a2", "", "", "", "14"]
                + Array(repeating: "", count: 11))
        #expect(event?.fields["app_data"]?["advertiser_tracking_enabled"] == false)
    }

    @Test("control: what is no quirk stays as it is")
    func untouched() throws {
        let plain = try Self.mended(Sample.event().encoded())
        let graph = try ConversionCheck(
            ConversionRequest.parse(Sample.body([Sample.event()])).get(), consent: ConsentPolicy(path: ["x"], without: .send),
            nowMs: Sample.nowMs
        ).events.first
        #expect(plain == graph && plain != nil)
    }
}
