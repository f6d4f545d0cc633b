import Core
import Intake

/// A captured request of conversions, at whichever entrance and in whichever form it came.
struct CapturedConversion {
    enum Entrance: Equatable {
        case graph
        /// Meta's own gateway.
        case gateway
        case own(source: String)
    }

    let entrance: Entrance
    /// Where its events go; nil: where the source's events go that name no dataset.
    let dataset: String?
    private let file: HTTPFile

    /// What proves a sender; to be made anew, never to be shown.
    private static let access: Set<String> = ["access_token", "accessKey", "appsecret_proof", "appsecret_time"]

    /// Nil for what comes to none of the entrances.
    init?(_ file: HTTPFile) {
        let path = file.plainPath
        if let dataset = ConversionDecoder.dataset(ofTarget: path) {
            (entrance, self.dataset) = (.graph, dataset)
        } else if path.hasPrefix("/capi/"), let dataset = ConversionDecoder.dataset(ofTarget: String(path.dropFirst(5))) {
            (entrance, self.dataset) = (.gateway, dataset)
        } else {
            let parts = path.split(separator: "/")
            guard parts.count == 3, parts[0] == "v1", parts[1] == "conversions" else { return nil }
            entrance = .own(source: String(parts[2]))
            dataset = QueryItems(file.query).values(of: "dataset", or: "dataset").last
        }
        self.file = file
    }

    /// How the body is to be read; nil: in no way that an entrance takes.
    private var encoding: ConversionRequest.Encoding? { MediaType.encoding(file.values(of: "content-type")) }

    /// As its sender wrote it, so that it can be sent again byte for byte.
    var isGraphJSON: Bool { entrance == .graph && encoding == .json }

    var bearer: String? {
        file.values(of: "authorization").first.flatMap { value in
            value.lowercased().hasPrefix("bearer ") ? String(value.dropFirst(7)) : nil
        }
    }

    /// Throws what the entrance would answer.
    func request() throws(HTTPFileError) -> ConversionRequest {
        let dialect: ConversionRequest.Dialect = entrance == .gateway ? .gateway : .graph
        switch ConversionRequest.parse(file.body, as: try readable(), in: dialect, query: file.query) {
        case .success(let request): return request
        case .failure(let refusal): throw HTTPFileError(file.path, "can't be read: \(refusal.message)")
        }
    }

    /// The parameters in the body as one JSON document, a form's too, without what proves the sender.
    func document() throws(HTTPFileError) -> JSON {
        switch ConversionRequest.document(of: file.body, as: try readable()) {
        case .success(let object): return .object(JSONObject(object.members.filter { !Self.access.contains($0.key) }))
        case .failure(let refusal): throw HTTPFileError(file.path, "can't be read: \(refusal.message)")
        }
    }

    private func readable() throws(HTTPFileError) -> ConversionRequest.Encoding {
        guard let encoding else {
            throw HTTPFileError(file.path, "has a Content-Type that no entrance takes: expected JSON or a form.")
        }
        return encoding
    }

    /// Of the configuration's sources the one that may send it.
    func source(in sources: [Settings.Source]) throws(HTTPFileError) -> Settings.Source {
        switch entrance {
        case .own(let name):
            guard let source = sources.first(where: { $0.name == name }) else {
                throw HTTPFileError(file.path, "is for the source \(name), which is not in the configuration.")
            }
            return source
        case .graph, .gateway:
            guard let source = sources.first(where: { $0.datasets.contains(dataset ?? "") }) else {
                throw HTTPFileError(
                    file.path, "goes to the dataset \(dataset ?? ""), which no source of the configuration sends to.")
            }
            return source
        }
    }
}
