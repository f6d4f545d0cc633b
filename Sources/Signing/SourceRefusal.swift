package import Core

/// Why a source was not believed, answered as the Graph API does.
package enum SourceRefusal: String, Error, Sendable, CaseIterable {
    case tokenMissing = "token_missing"
    case tokenUnknown = "token_unknown"
    case proofMissing = "proof_missing"
    case proofWrong = "proof_wrong"
    case proofExpired = "proof_expired"
    /// The source may not write to this dataset, or nobody has it: the answer is the same.
    case datasetForeign = "dataset_foreign"

    package var status: Int {
        switch self {
        case .tokenMissing, .tokenUnknown: 401
        case .proofMissing, .proofWrong, .proofExpired, .datasetForeign: 400
        }
    }

    package var code: Int {
        switch self {
        case .tokenMissing: 104
        case .tokenUnknown: 190
        case .proofMissing, .proofWrong, .proofExpired, .datasetForeign: 100
        }
    }

    package var subcode: Int? { self == .datasetForeign ? 33 : nil }

    package var type: String { self == .datasetForeign ? "GraphMethodException" : "OAuthException" }

    /// In Meta's words where it has some.
    package var message: String {
        switch self {
        case .tokenMissing: "An access token is required to request this resource."
        case .tokenUnknown: "Invalid OAuth access token."
        case .proofMissing: "API calls from the server require an appsecret_proof argument"
        case .proofWrong: "Invalid appsecret_proof provided in the API argument"
        case .proofExpired: "Invalid appsecret_proof provided in the API argument: appsecret_time is not within 5 minutes of now"
        case .datasetForeign:
            "Unsupported post request. The object does not exist, cannot be loaded due to missing permissions, or does not "
                + "support this operation."
        }
    }

    /// The answer, in the shape of the Graph API's.
    package func json(traceID: String) -> JSON {
        var members = [
            JSONObject.Member(key: "message", value: .string(message)),
            JSONObject.Member(key: "type", value: .string(type)),
            JSONObject.Member(key: "code", value: .integer(code)),
        ]
        if let subcode { members.append(JSONObject.Member(key: "error_subcode", value: .integer(subcode))) }
        members.append(JSONObject.Member(key: "fbtrace_id", value: .string(traceID)))
        return ["error": .object(JSONObject(members))]
    }
}
