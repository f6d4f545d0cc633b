/// A request of a shop's backend as its bytes say it, before anything in it is believed.
package struct ConversionRequest: Sendable {
    /// How the parameters stand in a body.
    package enum Encoding: Sendable, Equatable {
        case json
        /// `application/x-www-form-urlencoded`.
        case form
        /// `multipart/form-data`; the boundary is empty where none was named.
        case multipart(boundary: String)
    }

    /// Whose words a request uses.
    package enum Dialect: Sendable {
        case graph
        /// Those of Meta's Conversions API Gateway: the token is called `accessKey`, and `GatewayQuirks` may be in the events.
        case gateway
    }

    package let accessToken: String?
    /// `appsecret_proof`.
    package let proof: String?
    /// `appsecret_time`, in seconds, as sent.
    package let proofTime: String?
    package let parameters: ConversionParameters
    /// What stands in `data`, nulls and all.
    private enum Events: Sendable {
        case none
        case value(JSON)
        /// The place of an array.
        case tape(JSONTape, Int)
    }

    /// An element of `data` without its nulls, or its place.
    enum Element {
        case value(JSON)
        case tape(JSONTape, Int)
    }

    private let data: Events
    private let dialect: Dialect

    /// Reads a body, and the query of its URL (what follows `?`) for parameters that the body lacks.
    package static func parse(
        _ body: [UInt8], as encoding: Encoding = .json, in dialect: Dialect = .graph, query: String = ""
    ) -> Result<ConversionRequest, ConversionRefusal> {
        if case .json = encoding, case .graph = dialect, let tape = JSONTape(body),
            let request = ConversionRequest(tape, query: QueryText.pairs(query))
        {
            return .success(request)
        }
        do throws(ConversionRefusal) {
            return .success(ConversionRequest(try members(of: body, encoding), query: QueryText.pairs(query), dialect))
        } catch {
            return .failure(error)
        }
    }

    /// The parameters of a body as the members of one JSON object, a form's too.
    package static func document(of body: [UInt8], as encoding: Encoding) -> Result<JSONObject, ConversionRefusal> {
        do throws(ConversionRefusal) {
            return .success(try members(of: body, encoding))
        } catch {
            return .failure(error)
        }
    }

    private static func members(of body: [UInt8], _ encoding: Encoding) throws(ConversionRefusal) -> JSONObject {
        switch encoding {
        case .form: return try FormFields(urlencoded: body).object
        case .multipart(let boundary): return try MultipartFields.read(body, boundary: boundary).object
        case .json:
            guard let document = try? JSON.parse(body) else { throw ConversionRefusal(.bodyUnreadable) }
            guard case .object(let members) = document else { throw ConversionRefusal(.bodyNotObject) }
            return members
        }
    }

    /// Nil where `data` is no array, or may stand there twice.
    private init?(_ tape: JSONTape, query: [(name: String, value: String)]) {
        guard tape.kind(JSONTape.root) == .object else { return nil }
        var events: Int?
        for value in tape.children(JSONTape.root) {
            guard tape.isCanonical(value - 1) else { return nil }
            guard tape.slice(value - 1).elementsEqual("data".utf8) else { continue }
            guard events == nil, tape.kind(value) == .array else { return nil }
            events = value
        }
        guard let events else { return nil }
        self.init(tape.object(JSONTape.root) { $0 == "data" }, query: query, .graph, data: .tape(tape, events))
    }

    init(_ body: JSONObject, query: [(name: String, value: String)], _ dialect: Dialect) {
        let inBody = body["data"].flatMap { $0.isNull ? nil : $0 }
        let asked = query.last { $0.name == "data" && !$0.value.isEmpty }?.value
        let data = inBody ?? asked.map { FormFields.data(Array($0.utf8)) }
        self.init(body, query: query, dialect, data: data.map(Events.value) ?? .none)
    }

    private init(_ body: JSONObject, query: [(name: String, value: String)], _ dialect: Dialect, data: Events) {
        func asked(_ name: String) -> String? { query.last { $0.name == name && !$0.value.isEmpty }?.value }
        func text(_ name: String) -> String? {
            if let value = body[name]?.scalarText, !value.isEmpty { return value }
            return asked(name)
        }
        switch dialect {
        case .graph: accessToken = text("access_token")
        case .gateway: accessToken = text("accessKey") ?? text("access_token")
        }
        proof = text("appsecret_proof")
        proofTime = text("appsecret_time")
        parameters = ConversionParameters(text)
        self.data = data
        self.dialect = dialect
    }

    /// Of events that we made of something else.
    package init(events: [JSON]) {
        self.init(JSONObject([.init(key: "data", value: .array(events))]), query: [], .graph)
    }

    /// The elements of `data`, each with its place in what was sent: objects, or strings that each hold one; a string may hold the whole
    /// list. Nulls are left out and count for the places.
    func elements() -> Result<[(place: Int, event: Element)], ConversionRefusal> {
        let elements: [(place: Int, event: Element)]
        switch data {
        case .none: return .failure(ConversionRefusal(.dataMissing))
        case .tape(let tape, let array):
            elements = tape.children(array).enumerated().compactMap { place, item in
                tape.kind(item) == .null ? nil : (place: place, event: .tape(tape, item))
            }
        case .value(var list):
            if case .string(let text) = list, let inner = try? JSON.parse(Array(text.utf8)) { list = inner }
            guard case .array(let items) = list else { return .failure(ConversionRefusal(.dataNotArray)) }
            elements = items.enumerated().compactMap { place, item in read(item).map { (place: place, event: .value($0)) } }
        }
        guard !elements.isEmpty else { return .failure(ConversionRefusal(.dataEmpty)) }
        guard elements.count <= Limits.conversionsPerRequestMax else { return .failure(ConversionRefusal(.tooManyEvents)) }
        return .success(elements)
    }

    /// Without nulls; nil for one.
    private func read(_ item: JSON) -> JSON? {
        switch dialect {
        case .graph: item.withoutNulls
        case .gateway: GatewayQuirks.mended(item).withoutNulls
        }
    }
}

extension JSON {
    /// The text of a string, the token of a number; nil for anything else.
    var scalarText: String? {
        switch self {
        case .string(let text): text
        case .number(let token): token
        case .null, .bool, .array, .object: nil
        }
    }

    /// The value with every null in it left out; nil for a null.
    ///
    /// In `extinfo`, whose elements count by their place, a null becomes an empty text.
    var withoutNulls: JSON? {
        switch self {
        case .null: nil
        case .bool, .number, .string: self
        case .array(let items): .array(items.compactMap(\.withoutNulls))
        case .object(let object):
            .object(
                JSONObject(
                    object.members.compactMap { member in
                        let value = member.key == "extinfo" ? member.value.withGapsFilled : member.value
                        return value.withoutNulls.map { JSONObject.Member(key: member.key, value: $0) }
                    }))
        }
    }

    private var withGapsFilled: JSON {
        guard case .array(let items) = self else { return self }
        return .array(items.map { $0.isNull ? .string("") : $0 })
    }

    /// Levels of nesting: 0 for a scalar.
    var depth: Int {
        switch self {
        case .null, .bool, .number, .string: 0
        case .array(let items): 1 + (items.map(\.depth).max() ?? 0)
        case .object(let object): 1 + (object.members.map(\.value.depth).max() ?? 0)
        }
    }
}
