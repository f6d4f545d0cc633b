package import Core

/// An event as stored: ids and kinds only.
package struct StoredEvent: Sendable, Equatable {
    package let id: Int64
    package let deliverySeq: Int64
    package let position: Int
    package let workspace: String
    package let object: String
    package let field: String
    package let kind: String
    package let objectID: String
    package let accountID: String?
    package let occurredAtMs: Int64
    package let receivedAtMs: Int64
    package let entities: [EntityRef]
    package let metricMoved: Bool
    package let orderKey: String?
    /// How many routes matched; 0: unrouted.
    package let routes: Int
    package let fault: String?

    init(_ row: Row) throws(StoreError) {
        id = try row.int64("id")
        deliverySeq = try row.int64("delivery_seq")
        position = try row.int("position")
        workspace = try row.text("workspace_id")
        object = try row.text("object")
        field = try row.text("field")
        kind = try row.text("kind")
        objectID = try row.text("object_id")
        accountID = try row.textOrNil("account_id")
        occurredAtMs = try row.int64("occurred_at")
        receivedAtMs = try row.int64("received_at")
        entities = try Self.entities(in: try row.text("entities"))
        metricMoved = try row.bool("metric_moved")
        orderKey = try row.textOrNil("order_key")
        routes = try row.int("routes")
        fault = try row.textOrNil("fault")
    }

    /// Its place among the changes of its delivery, from 0; a conversion and its copies have one place.
    package var place: Int { conversionPlace?.index ?? position }

    /// 0, or which copy of a conversion it is, for another dataset.
    package var copy: Int { conversionPlace?.copy ?? 0 }

    private var conversionPlace: ConversionPlace? {
        object == ConversionDecoder.object ? ConversionPlace(position: position) : nil
    }

    /// `[["ad","120…"],["campaign","77…"]]`.
    static func text(of entities: [EntityRef]) -> String {
        JSON.array(entities.map { .array([.string($0.level.rawValue), .string($0.id)]) }).encoded()
    }

    private static func entities(in text: String) throws(StoreError) -> [EntityRef] {
        guard text != "[]" else { return [] }
        let problem = StoreError.column(name: "entities", problem: "is no JSON list of levels and ids")
        var entities: [EntityRef] = []
        for item in try list(text, problem) {
            guard let level = item[0]?.text.flatMap(EntityLevel.init(rawValue:)), let id = item[1]?.text else { throw problem }
            entities.append(EntityRef(level, id))
        }
        return entities
    }

    private static func list(_ text: String, _ problem: StoreError) throws(StoreError) -> [JSON] {
        do throws(JSONError) {
            return try JSON.parse(Array(text.utf8)).items
        } catch {
            throw problem
        }
    }
}
