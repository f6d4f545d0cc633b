import Core
import Signing

/// An entrance of conversions, as a shop's backend uses it.
enum Door: String, Sendable, CaseIterable {
    case graph, gateway, own

    var path: String {
        switch self {
        case .graph: Shop.path
        case .gateway: "/capi/\(Shop.dataset)/events"
        case .own: "/v1/conversions/shop"
        }
    }

    /// Of a request that was taken.
    var status: Int { self == .gateway ? 202 : 200 }

    /// A path of this entrance at which nothing is.
    var nowhere: String {
        switch self {
        case .graph: "/v26.0/abc/events"
        case .gateway: "/capi/abc/events"
        case .own: "/v1/conversations/shop"
        }
    }

    /// The headers that a body of `type` goes with here.
    func headers(_ type: String = "application/json", token: String = Shop.token) -> [(name: String, value: String)] {
        [(name: "Content-Type", value: type)] + (self == .own ? [(name: "Authorization", value: "Bearer \(token)")] : [])
    }

    /// A body of the Graph API's (`Shop.body`) in the words of this entrance.
    func body(_ body: JSON) -> JSON {
        guard let token = body["access_token"] else { return body }
        switch self {
        case .graph: return body
        case .gateway: return body.with("access_token", nil).with("appsecret_proof", nil).with("accessKey", token)
        case .own: return body.with("access_token", nil)
        }
    }

    func request(_ body: JSON) -> WebRequest { Shop.request(self.body(body), path, headers: headers()) }

    func request(_ events: [JSON] = [Shop.purchase()]) -> WebRequest { request(Shop.body(events)) }
}
