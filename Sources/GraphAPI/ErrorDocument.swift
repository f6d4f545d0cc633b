import Core

/// Reads `{"error": {…}}` into a `Refusal`: code and subcode first, then `is_transient`, the HTTP status last, as Meta's statuses
/// can't be trusted (a permanent refusal comes as 500, an error with 200).
enum ErrorDocument {
    /// Nil when the answer holds no error document.
    static func read(
        _ json: JSON, status: Int, usage: [Usage], target: GraphRequest.Target, credentials: GraphCredentials
    ) -> Refusal? {
        guard let error = json["error"], let code = error["code"]?.integer.flatMap(Int.init(exactly:)) else { return nil }
        let subcode = error["error_subcode"]?.integer.flatMap(Int.init(exactly:)).flatMap { $0 == 0 ? nil : $0 }
        let message = error["message"]?.text ?? ""
        let isTransient = error["is_transient"]?.truth ?? false
        let row =
            ErrorTable.row(of: target, code, subcode, message, isTransient: isTransient)
            ?? row(code, subcode, message: message, isTransient: isTransient, status: status)
        return Refusal(
            code: code, subcode: subcode, httpStatus: status,
            traceID: error["fbtrace_id"]?.text ?? json["__fb_trace_id__"]?.text ?? "",
            kind: row.kind, reason: row.reason,
            userTitle: words(error["error_user_title"], target, credentials),
            userMessage: words(error["error_user_msg"], target, credentials),
            waitMs: row.wait.map { waitMs($0, usage) }, throttled: row.scope,
            target: target, isUnseen: ErrorTable.isUnseen(target, code, subcode, message),
            place: target == .dataset ? EventPlace(error) : nil)
    }

    /// Where a call is about people, Meta's words may repeat what was sent: they are left out.
    private static func words(_ json: JSON?, _ target: GraphRequest.Target, _ credentials: GraphCredentials) -> String? {
        switch target {
        case .token, .account, .entity: json?.text.map { credentials.scrubbed($0) }
        case .lead, .form, .page, .comment, .dataset: nil
        }
    }

    private static func row(_ code: Int, _ subcode: Int?, message: String, isTransient: Bool, status: Int) -> ErrorRow {
        if let row = byText(code, message) { return row }
        if let row = ErrorTable.exact(code, subcode) { return row }
        if let row = ErrorTable.general(code), row.kind != .fatal || !isTransient { return row }
        if isTransient || status >= 500 || status == 408 {
            return ErrorRow(code, subcode, .retry, "meta_transient", "Meta had a passing error.")
        }
        if status == 429 { return .throttle(code, subcode, "too_many_calls", "Meta took no further call.", .call) }
        return ErrorRow(code, subcode, .fatal, "meta_error_\(code)", "Meta refuses the call with the unknown code \(code).")
    }

    private static func byText(_ code: Int, _ message: String) -> ErrorRow? {
        switch code {
        case 1 where message.contains("reduce the amount of data"): ErrorTable.tooMuchData
        case 100 where message.contains("appsecret_proof"): ErrorTable.wrongProof
        case 100 where message.contains("ids query parameter"): ErrorTable.idsRemoved
        case 2500 where message.contains("access token"): ErrorTable.tokenNeeded
        case _: nil
        }
    }

    /// What a header of the same answer says, else the row's own time.
    private static func waitMs(_ wait: ErrorRow.Wait, _ usage: [Usage]) -> Int64 {
        let regainMs = usage.filter { $0.percent >= 75 }.compactMap(\.regainMs).max()
        switch wait {
        case .fixed(let ms): return ms
        case .ms(let ms): return regainMs ?? ms
        case .block:
            let isStandard = usage.contains { $0.tier == .standard } && !usage.contains { $0.tier == .development }
            return regainMs ?? (isStandard ? 60_000 : 300_000)
        }
    }
}
