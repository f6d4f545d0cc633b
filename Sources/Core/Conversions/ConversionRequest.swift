/// A request of a shop's backend as its bytes say it, before anything in it is believed.
package struct ConversionRequest: Sendable {
    package let accessToken: String?
    /// `appsecret_proof`.
    package let proof: String?
    /// `appsecret_time`, in seconds, as sent.
    package let proofTime: String?
    package let parameters: ConversionParameters
    /// What stands in `data`, nulls left out.
    let data: JSON?

    /// Reads a JSON body, and the query of its URL (what follows `?`) for parameters that the body lacks.
    package static func parse(_ body: [UInt8], query: String = "") -> Result<ConversionRequest, ConversionRefusal> {
        do throws(JSONError) {
            guard case .object(let members) = try JSON.parse(body) else { return .failure(ConversionRefusal(.bodyNotObject)) }
            return .success(ConversionRequest(JSON.object(members), query: QueryText.pairs(query)))
        } catch {
            return .failure(ConversionRefusal(.bodyUnreadable))
        }
    }

    private init(_ body: JSON, query: [(name: String, value: String)]) {
        func text(_ name: String) -> String? {
            if let value = body[name]?.scalarText, !value.isEmpty { return value }
            return query.last { $0.name == name && !$0.value.isEmpty }?.value
        }
        accessToken = text("access_token")
        proof = text("appsecret_proof")
        proofTime = text("appsecret_time")
        parameters = ConversionParameters(text)
        data = body["data"]?.withoutNulls
    }

    /// The elements of `data`: objects, or strings that each hold one; a string may hold the whole list.
    func elements() -> Result<[JSON], ConversionRefusal> {
        guard var list = data else { return .failure(ConversionRefusal(.dataMissing)) }
        if case .string(let text) = list, let inner = try? JSON.parse(Array(text.utf8)) { list = inner.withoutNulls ?? .null }
        guard case .array(let items) = list else { return .failure(ConversionRefusal(.dataNotArray)) }
        guard !items.isEmpty else { return .failure(ConversionRefusal(.dataEmpty)) }
        guard items.count <= Limits.conversionsPerRequestMax else { return .failure(ConversionRefusal(.tooManyEvents)) }
        return .success(items)
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
