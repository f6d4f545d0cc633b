/// The body of one request while it comes in.
struct Collector {
    private let limit: Int
    private let each: ((UnsafeRawBufferPointer) -> Void)?
    private let finish: ([UInt8], Responder) -> Void
    private let announced: Int?
    private var body: [UInt8] = []

    /// Memory for a body is taken as it arrives; what was only announced buys no more than this.
    private static let trustedBytes = 16 * 1024

    init(limit: Int, each: ((UnsafeRawBufferPointer) -> Void)?, finish: @escaping ([UInt8], Responder) -> Void, announced: Int?) {
        self.limit = limit
        self.each = each
        self.finish = finish
        self.announced = announced
    }

    /// Known from the headers alone.
    var isTooLarge: Bool { (announced ?? 0) > limit }

    /// The status of a refusal, or nil.
    mutating func take(_ piece: UnsafeRawBufferPointer, charge: (Int) -> Bool) -> Int? {
        guard !piece.isEmpty else { return nil }
        let count = body.count + piece.count
        guard count <= limit else { return 413 }
        guard charge(piece.count) else { return 503 }
        if count > body.capacity, let announced {
            body.reserveCapacity(count <= Self.trustedBytes ? min(announced, Self.trustedBytes) : announced)
        }
        each?(piece)
        body.append(contentsOf: piece)
        return nil
    }

    mutating func end(_ responder: Responder) {
        let whole = body
        body = []
        finish(whole, responder)
    }
}
