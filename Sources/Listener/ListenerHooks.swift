/// What the application does for the listener. Called on event loops: none may block.
struct ListenerHooks: Sendable {
    let open: @Sendable (RequestHead) -> Intent
    /// Words the listener's own refusals.
    let refuse: @Sendable (_ status: Int, _ path: String?) -> Reply
    /// Hears of connections that were closed unheard, with the address of the connection.
    let turnedAway: @Sendable (ConnectionRefusal, _ address: String) -> Void
}
