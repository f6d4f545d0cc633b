/// What was accepted at the events edge; one event that comes again within two days counts once.
struct EventLedger: Sendable {
    /// Meta's window of deduplication.
    static let windowMs: Int64 = 48 * 3_600_000

    private struct Key: Hashable {
        let dataset: String
        let name: String
        let id: String
    }

    struct Record: Sendable {
        let dataset: String
        let name: String
        let id: String?
        /// The first of its kind, as it came; null where only what follows is kept.
        let event: Value
        var testEventCode: String?
        var received = 0
        var accepted = 0
        let firstAtMs: Int64
        var lastAtMs: Int64
        /// When the window began.
        var openedAtMs: Int64
        /// Numbers of the requests that brought it.
        var requests: [Int] = []
    }

    /// Of an event only name, id and numbers are kept.
    private let isBrief: Bool
    private(set) var records: [Record] = []
    private var places: [Key: Int] = [:]
    private(set) var requests = 0
    private(set) var refusedRequests = 0
    private(set) var refusedEvents = 0
    private(set) var received = 0
    private(set) var accepted = 0

    init(isBrief: Bool = false) { self.isBrief = isBrief }

    var totals: EventTotals {
        EventTotals(
            received: received, accepted: accepted, requests: requests, refusedRequests: refusedRequests,
            refusedEvents: refusedEvents)
    }

    mutating func refuse(events: Int) {
        requests += 1
        refusedRequests += 1
        refusedEvents += events
    }

    /// Takes a request's events; how many of them were new.
    mutating func take(_ events: [Value], _ dataset: String, testEventCode: String?, n: Int, nowMs: Int64) -> Int {
        requests += 1
        let new = events.count { take($0, dataset, testEventCode, n, nowMs) }
        received += events.count
        accepted += new
        return new
    }

    private mutating func take(
        _ event: Value, _ dataset: String, _ testEventCode: String?, _ n: Int, _ nowMs: Int64
    ) -> Bool {
        let name = event["event_name"]?.text ?? ""
        let id = event["event_id"]?.text.flatMap { $0.isEmpty ? nil : $0 }
        let key = id.map { Key(dataset: dataset, name: name, id: $0) }
        let place = key.flatMap { places[$0] } ?? records.count
        if place == records.count {
            records.append(
                Record(
                    dataset: dataset, name: name, id: id, event: isBrief ? .null : event, firstAtMs: nowMs, lastAtMs: nowMs,
                    openedAtMs: nowMs))
            if let key { places[key] = place }
        }
        var record = records[place]
        let isNew = record.received == 0 || nowMs - record.openedAtMs >= Self.windowMs
        record.received += 1
        if isNew { (record.accepted, record.openedAtMs) = (record.accepted + 1, nowMs) }
        record.lastAtMs = nowMs
        record.testEventCode = testEventCode ?? record.testEventCode
        record.requests.append(n)
        records[place] = record
        return isNew
    }
}
