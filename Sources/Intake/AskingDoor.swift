import Core
import Listener
import Logging
import Signing
import Storage

/// Where a sender asks what became of an event: `GET /v1/conversions/{source}/events/{event_id}` with the source's own token.
///
/// A source sees its own events and no others. The database is read beside the event loop, a few questions at a time; who asks more is told
/// to come again, and nobody who sends waits for it.
struct AskingDoor: Sendable {
    private let sources: [IntakeSource]
    private let store: Store
    private let nowMs: @Sendable () -> Int64
    private let logger: Logger
    /// Of all sources together, so that readers are left for whoever else reads.
    private let room: Budget
    private let rooms: [String: Budget]

    private static let questionsMax = 16
    private static let perSource = BudgetLimits(requests: 4, perSecond: 100)

    init(sources: [IntakeSource], _ shared: IntakeDoors.Shared) {
        self.sources = sources
        store = shared.store
        nowMs = shared.nowMs
        logger = shared.logger
        room = shared.budgets.budget("questions", "", BudgetLimits(requests: Self.questionsMax))
        rooms = Dictionary(
            sources.map { ($0.secrets.name, shared.budgets.budget("questions", $0.secrets.name, Self.perSource)) },
            uniquingKeysWith: { first, _ in first })
    }

    func open(_ head: RequestHead, source: String, id: String) -> Intent {
        guard head.method == "GET" else {
            let (refusal, traceID) = (AskingRefusal.methodNotAllowed, GraphTraceID.make())
            ConversionsRefused(reason: refusal.rawValue, source: nil, traceID: traceID, remoteAddress: head.remoteAddress)
                .emit(to: logger)
            return .answer(refusal.reply(traceID: traceID))
        }
        let bearer = head.values(of: "authorization").first.flatMap(ConversionCall.token)
        switch verify(bearer, source: source) {
        case .failure(let refusal):
            let traceID = GraphTraceID.make()
            ConversionsRefused(reason: refusal.rawValue, source: nil, traceID: traceID, remoteAddress: head.remoteAddress)
                .emit(to: logger)
            return .answer(.json(refusal.status, ConversionDenial.source(refusal).json(traceID: traceID)))
        case .success(let sender):
            return .collect(limit: 0, each: nil) { _, responder in answer(sender.name, id, responder) }
        }
    }

    /// As at the door where the source sends, but without a proof: there is nothing here that anybody could change.
    private func verify(_ token: String?, source: String) -> Result<VerifiedSource, SourceRefusal> {
        let own = sources.filter { $0.secrets.name == source }
        return SourceCheck.verify(
            token: token, proof: nil, timeSeconds: nil, dataset: own.first?.secrets.datasets.first ?? "",
            sources: own.map(\.secrets), nowSeconds: nowMs() / 1_000, isProofAsked: false)
    }

    private func answer(_ source: String, _ id: String, _ responder: Responder) {
        let (now, own) = (nowMs(), rooms[source] ?? room)
        guard own.take(nowMs: now) else { return refuse(own, now, responder) }
        guard room.take(nowMs: now) else {
            own.giveBack()
            return refuse(room, now, responder)
        }
        let key = ConversionDecoder.key(of: id, digest: SHA256.hex)
        Task {
            let reply: Reply
            do {
                let told = try await store.read { try $0.told(source: source, conversionID: key) }
                let answer = AskingAnswer(id: id, told: told)
                reply = told.isEmpty ? AskingRefusal.eventUnknown.reply() : .json(200, answer.json)
            } catch {
                QuestionUnanswered(source: source, error: "\(error)").emit(to: logger)
                reply = AskingRefusal.notRead.reply()
            }
            own.giveBack()
            room.giveBack()
            responder.send(reply)
        }
    }

    private func refuse(_ budget: Budget, _ nowMs: Int64, _ responder: Responder) {
        budget.tell(nowMs: nowMs, to: logger)
        responder.send(AskingRefusal.tooManyQuestions.reply())
    }
}
