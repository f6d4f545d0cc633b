import Foundation
import Testing

/// What every answer has to be so that all of Meta's SDKs read it rightly.
///
/// Success: 2xx with `events_received`, `messages` and `fbtrace_id`, and none of the keys that one of them trips over. Failure: anything
/// else, with `error` as an object. Always JSON, never empty.
enum AnswerRule {
    /// What is wrong with an answer, where `taken` events were to be taken; nil: it was to be a refusal.
    static func faults(of answer: WebAnswer, taken: Int?) -> [String] {
        var faults: [String] = []
        if answer.values(of: "content-type") != ["application/json"] { faults.append("content-type") }
        if !answer.values(of: "content-encoding").isEmpty { faults.append("content-encoding") }
        guard let document = try? JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any] else {
            return faults + ["no JSON object"]
        }
        let verdicts = SDKReading.verdicts(answer)
        if let taken {
            faults += ofSuccess(answer.status, document)
            if verdicts != SDKReading.all(.taken(taken)) { faults.append("read as \(verdicts)") }
        } else {
            faults += ofFailure(answer.status, document)
            if verdicts != SDKReading.all(.refused) { faults.append("read as \(verdicts)") }
        }
        return faults
    }

    private static func ofSuccess(_ status: Int, _ document: [String: Any]) -> [String] {
        var faults = (200..<300).contains(status) ? [] : ["status \(status)"]
        if !(document["events_received"] is Int) { faults.append("events_received") }
        if !(document["messages"] is [String]) { faults.append("messages") }
        if !isText(document["fbtrace_id"]) { faults.append("fbtrace_id") }
        return faults + ["data", "images", "success", "error"].filter { document[$0] != nil }
    }

    private static func ofFailure(_ status: Int, _ document: [String: Any]) -> [String] {
        var faults = (200..<300).contains(status) ? ["status \(status)"] : []
        if document.count != 1 { faults.append("keys beside error") }
        guard let error = document["error"] as? [String: Any] else { return faults + ["error"] }
        faults += ["message", "type", "fbtrace_id"].filter { !isText(error[$0]) }
        if !(error["code"] is Int) { faults.append("code") }
        if !(error["is_transient"] is Bool) { faults.append("is_transient") }
        if error["error_subcode"] != nil, !(error["error_subcode"] is Int) { faults.append("error_subcode") }
        if error["error_data"] != nil, !(error["error_data"] is [String: Any]) { faults.append("error_data") }
        return faults
    }

    private static func isText(_ value: Any?) -> Bool { (value as? String)?.isEmpty == false }

    static func expectTaken(
        _ answer: WebAnswer, count: Int = 1, status: Int, _ name: String, location: SourceLocation = #_sourceLocation
    ) {
        #expect(answer.status == status, "\(name): \(answer.body)", sourceLocation: location)
        #expect(faults(of: answer, taken: count) == [], "\(name): \(answer.body)", sourceLocation: location)
    }

    static func expectRefused(
        _ answer: WebAnswer, status: Int, _ name: String, location: SourceLocation = #_sourceLocation
    ) {
        #expect(answer.status == status, "\(name): \(answer.body)", sourceLocation: location)
        #expect(faults(of: answer, taken: nil) == [], "\(name): \(answer.body)", sourceLocation: location)
    }
}
