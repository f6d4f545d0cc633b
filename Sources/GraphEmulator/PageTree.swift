/// All Pages with everything that hangs in them, and the data sets.
struct PageTree: Sendable {
    /// One sort of thing, kept in the order in which it came.
    struct Shelf<Item: Sendable>: Sendable {
        private(set) var items: [String: Item] = [:]
        private(set) var order: [String] = []

        subscript(_ id: String) -> Item? { items[id] }

        var all: [Item] { order.compactMap { items[$0] } }

        mutating func set(_ item: Item, _ id: String) {
            if items.updateValue(item, forKey: id) == nil { order.append(id) }
        }
    }

    var pages = Shelf<Page>()
    var forms = Shelf<LeadForm>()
    var leads = Shelf<Lead>()
    var posts = Shelf<Post>()
    var comments = Shelf<Comment>()
    var datasets = Shelf<Dataset>()
    private var made: Int64 = 0

    func has(_ id: String) -> Bool {
        pages[id] != nil || forms[id] != nil || leads[id] != nil || posts[id] != nil || comments[id] != nil
            || datasets[id] != nil
    }

    /// The Page that an Instagram account is linked with.
    func page(instagram id: String) -> Page? { pages.all.first { $0.instagram == id } }

    /// An id that nothing has yet.
    mutating func newID(prefix: String = "") -> String {
        repeat { made += 1 } while has("\(prefix)\(9_000_000_000_000_000 + made)")
        return "\(prefix)\(9_000_000_000_000_000 + made)"
    }

    /// The id of a comment to be: `{post}_{comment}` on Facebook, a number on Instagram.
    mutating func newCommentID(on post: Post) -> String {
        newID(prefix: post.network == .facebook ? "\(post.id.split(separator: "_").last ?? "")_" : "")
    }

    mutating func add(_ comment: Comment) {
        comments.set(comment, comment.id)
        guard let parent = comment.parent, var above = comments[parent] else { return }
        above.replies.append(comment.id)
        comments.set(above, parent)
    }

    /// Takes a comment away, with what answers it.
    mutating func delete(comment id: String) {
        guard var comment = comments[id] else { return }
        comment.isDeleted = true
        comments.set(comment, id)
        for reply in comment.replies { delete(comment: reply) }
    }

    /// What hangs on a post: the comments at the top, or all of them.
    func comments(on post: Post, isStream: Bool) -> [Comment] {
        comments.all.filter { $0.post == post.id && !$0.isDeleted && (isStream || $0.parent == nil) }
    }
}
