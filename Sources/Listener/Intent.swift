/// What the application wants of a request whose head it has just seen. Called and used on the connection's event loop only.
package enum Intent {
    /// Answer now; whatever comes of the body is thrown away.
    case answer(Reply)
    /// Take the body, at most `limit` bytes (413 beyond). With a limit of 0 it is answered whatever else is under way.
    ///
    /// Its bytes count in `share` too, where there is one, from their arrival to the answer; 503 where they don't fit.
    /// `each` sees the pieces as they arrive, `finish` the whole, once; neither is called for a body that was refused, cut or too slow.
    case collect(
        limit: Int, share: Share? = nil, each: ((_ piece: UnsafeRawBufferPointer) -> Void)?,
        finish: (_ body: [UInt8], _ responder: Responder) -> Void)
}
