/// An answer that is an error, with the fields of Meta's envelope.
struct GraphFailure: Error, Sendable, Equatable {
    var status = 400
    var code: Int
    var subcode: Int?
    var message: String
    var type = "OAuthException"
    var isTransient: Bool?
    var title: String?
    var userMessage: String?
    /// The parameters at fault, for `error_data`.
    var blames: [String] = []

    /// `{"error": …}` in Meta's order of members.
    func document(trace: String) -> Value {
        var members: [Value.Member] = [
            .init(key: "message", value: .string(message)), .init(key: "type", value: .string(type)),
            .init(key: "code", value: .integer(code)),
        ]
        if !blames.isEmpty {
            let fields = Value.array(blames.map { [.string($0)] })
            members.append(.init(key: "error_data", value: .string((["blame_field_specs": fields] as Value).encoded(.plain))))
        }
        if let subcode { members.append(.init(key: "error_subcode", value: .integer(subcode))) }
        if let isTransient { members.append(.init(key: "is_transient", value: .bool(isTransient))) }
        if let title { members.append(.init(key: "error_user_title", value: .string(title))) }
        if let userMessage { members.append(.init(key: "error_user_msg", value: .string(userMessage))) }
        members.append(.init(key: "fbtrace_id", value: .string(trace)))
        return ["error": .object(members)]
    }

    /// The header that goes with it.
    var authenticate: String {
        let kind = [102, 104, 190, 2500].contains(code) ? "invalid_token" : "invalid_request"
        return #"OAuth "Facebook Platform" "\#(kind)" "\#(message.replacing("\"", with: "'").replacing("\n", with: " "))""#
    }

    static func parameter(_ text: String) -> GraphFailure { GraphFailure(code: 100, message: "(#100) \(text)") }

    /// `Invalid parameter`, with the reason where Meta puts it.
    static func refused(_ subcode: Int?, _ title: String, _ reason: String, blame: String? = nil) -> GraphFailure {
        GraphFailure(
            code: 100, subcode: subcode, message: "Invalid parameter", isTransient: false, title: title, userMessage: reason,
            blames: blame.map { [$0] } ?? [])
    }

    static func unknownPath(_ path: String) -> GraphFailure {
        GraphFailure(code: 2500, message: "Unknown path components: \(path)")
    }

    static func missing(_ id: String, verb: String) -> GraphFailure {
        GraphFailure(
            code: 100, subcode: 33,
            message: "Unsupported \(verb) request. Object with ID '\(id)' does not exist, cannot be loaded due to missing "
                + "permissions, or does not support this operation. Please read the Graph API documentation at "
                + "https://developers.facebook.com/docs/graph-api",
            type: "GraphMethodException")
    }

    static let noToken = GraphFailure(code: 104, message: "An access token is required to request this resource.")
    static let noTokenForMe = GraphFailure(
        code: 2500, message: "An active access token must be used to query information about the current user.")
    static let garbledToken = GraphFailure(code: 190, message: "Invalid OAuth access token - Cannot parse access token")
    static let proofMissing = GraphFailure(
        code: 100, message: "API calls from the server require an appsecret_proof argument", type: "GraphMethodException")
    static let proofWrong = GraphFailure(
        code: 100, message: "Invalid appsecret_proof provided in the API argument", type: "GraphMethodException")
    static let idsGone = GraphFailure(status: 500, code: 100, message: "The ids query parameter is deprecated in v26.0+")
    static let accountForbidden = GraphFailure(
        status: 403, code: 200, message: "(#200) Ad account owner has NOT grant ads_management or ads_read permission")
    static let readOnlyToken = GraphFailure(
        status: 403, code: 200, message: "(#200) Requires ads_management permission to manage the object")
    static let tooManyCalls = GraphFailure(
        code: 17, subcode: 2_446_079, message: "(#17) User request limit reached", isTransient: true,
        title: "Ad Account Has Too Many API Calls",
        userMessage: "There have been too many calls from this ad-account. Wait a bit and try again.")
    static let tooFarBack = GraphFailure(
        code: 3018, message: "(#3018) The start date of the time range cannot be beyond 37 months from the current date")
}
