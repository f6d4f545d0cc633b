/// Why a request of conversions is not taken: all of it, as Meta does.
package struct ConversionRefusal: Error, Sendable, Equatable {
    package let fault: ConversionFault
    /// As Meta writes it: `$['data'][0]['event_time']`; `$` for the whole request.
    package let path: String

    init(_ fault: ConversionFault, path: String? = nil) {
        self.fault = fault
        self.path = path ?? (fault.isAboutData ? "$['data']" : "$")
    }

    package var status: Int { 400 }
    package var code: Int { 100 }
    package var subcode: Int? { fault.subcode }
    package var message: String { "Invalid parameter: \(userMessage)" }
    package var userTitle: String { fault.title }
    package var userMessage: String { "\(path): \(fault.sentence)" }

    /// The answer, in the shape of the Graph API's.
    package func json(traceID: String) -> JSON {
        var members = [
            JSONObject.Member(key: "message", value: .string(message)),
            JSONObject.Member(key: "type", value: "OAuthException"),
            JSONObject.Member(key: "code", value: .integer(code)),
        ]
        if let subcode { members.append(JSONObject.Member(key: "error_subcode", value: .integer(subcode))) }
        members += [
            JSONObject.Member(key: "is_transient", value: false),
            JSONObject.Member(key: "error_user_title", value: .string(userTitle)),
            JSONObject.Member(key: "error_user_msg", value: .string(userMessage)),
            JSONObject.Member(key: "fbtrace_id", value: .string(traceID)),
        ]
        return ["error": .object(JSONObject(members))]
    }
}

extension ConversionFault {
    fileprivate var isAboutData: Bool {
        switch self {
        case .dataMissing, .dataNotArray, .dataEmpty, .tooManyEvents: true
        case _: false
        }
    }
}
