extension ScriptedFault {
    /// Whether the work is done although the fault is there.
    var lets: Bool {
        switch answer {
        case .normal, .halfLength, .halfCut: true
        case .lost(let worked): worked
        case .failure, .html, .raw: worksBeforeFailing
        }
    }

    var failure: GraphFailure? {
        guard case .failure(let failure) = answer else { return nil }
        return failure
    }
}

extension World {
    /// The bytes of an answer, with the fault laid over what the work came to.
    func lay(_ fault: ScriptedFault?, over outcome: Outcome, trace: String, on answer: inout GraphAnswer) {
        var document = outcome.document
        if let failure = outcome.failure {
            answer.status = failure.status
            document = failure.document(trace: trace)
        }
        answer.headers.append(("Content-Type", "application/json; charset=UTF-8"))
        answer.body = Array(document.encoded(.meta).utf8)
        guard let fault else { return }
        answer.delayMs = fault.delayMs
        switch fault.answer {
        case .normal: break
        case .failure(let failure):
            answer.status = failure.status
            answer.body = Array(failure.document(trace: trace).encoded(.meta).utf8)
        case .html(let status):
            answer.status = status
            answer.headers = [("Content-Type", "text/html; charset=utf-8")]
            answer.body = Array(Self.page.utf8)
        case .raw(let status, let text):
            answer.status = status
            answer.body = Array(text.utf8)
        case .halfLength: answer.delivery = .half
        case .halfCut: answer.body = Array(answer.body.prefix(answer.body.count / 2))
        case .lost: answer.delivery = .lost
        }
    }

    /// What Meta's edge sends when nothing behind it answers.
    private static let page = """
        <!DOCTYPE html>
        <html lang="en"><head><title>Facebook | Error</title></head>
        <body><h1>Sorry, something went wrong.</h1><p>Service Unavailable</p></body></html>
        """
}
