/// What one request has taken of the budgets, until it is answered or cut.
struct Holding {
    /// Whether it counts among everybody's requests.
    var isRequest = false
    var bytes = 0
    /// Of the app or source that it names.
    var share: Share?
    /// Of the address that it comes from.
    var address: (text: String, share: Share)?
}
