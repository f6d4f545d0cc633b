import Core

extension DemoStory {
    /// What the policy goes by.
    private static let badWord = "scam"
    private static let question = "price"
    private static let answer = "Prices start at 19 £; the list is on our page."

    /// Where people comment.
    private struct Stage {
        let page: DemoPage
        /// A post that backs several ads of one campaign, and one that backs none.
        let post: String
        let organic: String
        let media: String
        /// Two or three ads of the post.
        var ads: [DemoEntity] = []
        var instagramAd: DemoEntity
    }

    /// One thing that happened to a comment.
    private struct Notice {
        let comment: DemoComment
        let verb: String
        var text: String?
        let time: Int64
    }

    /// An advertiser whose one post backs two or three ads, in an account with more ads than one page of Meta's answer holds.
    ///
    /// People comment, edit, remove; the Page hides and shows. A policy hides the one comment that has a bad word in it and is on
    /// an ad, and answers the one that asks.
    mutating func addComments() throws {
        var workspace = try newWorkspace(
            "comments", DemoMoney(code: "GBP", offset: 100), in: ["Europe/London"] + Self.fallbackTimeZones)
        let stage = addStage(to: &workspace)
        addShelf(to: &workspace)
        let queues = tell(stage)
        let isNew: (Notice) -> Bool = {
            $0.verb == "add" && $0.comment.authorID != stage.page.id && $0.comment.post != stage.organic
        }
        let heard = queues.compactMap(\.first).filter(isNew)
        workspace.rules = [
            workspace.ownRule("loud-campaign", .campaign, "own.comments", ">= \(heard.count)", then: "pause"),
            workspace.ownRule(
                "louder-campaign", .campaign, "own.comments", "> \(heard.count)", then: ["adjust_budget": ["by": "-50%"]]),
        ]
        expectation.touch(workspace, workspace.campaigns[0].family)
        expectation.own(workspace, "loud-campaign", workspace.campaigns[0].ref, "status", "PAUSED")
        expectation.ownEvents += heard.reduce(0) { $0 + ($1.comment.isOnInstagram ? 1 : stage.ads.count) }
        for queue in queues { expectation.states[queue[0].comment.id] = queue.map(\.verb) }
        addNotices(queues, stage)
        (expectation.accepted, expectation.changes) = (expectation.accepted + 1, expectation.changes + 1)  // the echo
        workspaces.append(workspace)
    }

    /// `hide` what has the bad word and is on an ad; answer what asks for the price.
    var policy: JSON {
        [
            "name": "house",
            "rules": [
                ["when": ["any_word": [.string(Self.badWord)], "on_ad": true], "do": ["hide"]],
                ["when": ["any_word": [.string(Self.question)], "on_ad": true], "do": [["reply": .string(Self.answer)]]],
            ],
        ]
    }

    private mutating func addStage(to workspace: inout DemoWorkspace) -> Stage {
        var page = DemoPage(id: String(draw(100_000_000_000...999_999_999_999)), name: "Corner Shop", token: keys.secondPageToken)
        page.instagram = "178414\(draw(10_000_000_000...99_999_999_999))"
        workspace.pages = [page]
        let media = newLeadID()
        let (post, organic) = ("\(page.id)_\(newLeadID())", "\(page.id)_\(newLeadID())")
        var campaign = DemoEntity(ref: EntityRef(.campaign, newID()), name: "Talk", dailyBudgetMinor: 4000)
        var sets = ["post", "reel"].map { DemoEntity(ref: EntityRef(.adset, newID()), name: "Talk \($0)") }
        sets[0].children = (1...draw(2...3)).map { number in
            DemoEntity(
                ref: EntityRef(.ad, newID()), name: "Talk ad \(number)",
                creative: ["id": .string(newID()), "effective_object_story_id": .string(post)])
        }
        let reel = DemoEntity(
            ref: EntityRef(.ad, newID()), name: "Talk reel",
            creative: ["id": .string(newID()), "effective_instagram_media_id": .string(media)])
        sets[1].children = [reel]
        campaign.children = sets
        workspace.campaigns.append(campaign)
        posts += [post, organic].map { ["id": .string($0), "page": .string(page.id)] }
        self.media.append(["id": .string(media), "page": .string(page.id), "product_type": "AD", "ad": .string(reel.ref.id)])
        return Stage(page: page, post: post, organic: organic, media: media, ads: sets[0].children, instagramAd: reel)
    }

    /// Ads that nobody comments on, so that the index has to turn the page.
    private mutating func addShelf(to workspace: inout DemoWorkspace) {
        var campaign = DemoEntity(ref: EntityRef(.campaign, newID()), name: "Shelf", dailyBudgetMinor: 1000)
        var adset = DemoEntity(ref: EntityRef(.adset, newID()), name: "Shelf set")
        adset.children = (1...draw(201...230)).map {
            DemoEntity(ref: EntityRef(.ad, newID()), name: "Shelf ad \($0)", status: "PAUSED")
        }
        campaign.children = [adset]
        workspace.campaigns.append(campaign)
    }

    // MARK: what happens

    /// The history of each comment.
    private mutating func tell(_ stage: Stage) -> [[Notice]] {
        let (a, b) = ("First thought \(newLeadID())", "Second thought \(newLeadID())")
        let edited = newComment(on: stage.post, a)
        let flipped = newComment(on: stage.post, "Where are you? \(newLeadID())")
        let removed = newComment(on: stage.post, "Never mind \(newLeadID())")
        let asked = newComment(on: stage.post, "What is the PRICE, please? \(newLeadID())")
        let near = newComment(on: stage.post, "Do you serve scampi? \(newLeadID())")
        let unpaid = newComment(on: stage.organic, "Such a scam! \(newLeadID())")
        let own = newComment(
            on: stage.post, "No scam, and the price is fair. \(newLeadID())", by: (stage.page.id, stage.page.name))
        var candidates = [
            newComment(on: stage.post, "Great service \(newLeadID())"),
            newComment(on: stage.post, "I agree \(newLeadID())", under: edited.id),
            newComment(on: stage.media, "Nice reel \(newLeadID())", instagramAd: stage.instagramAd.ref.id),
        ]
        let bad = Int(draw(0...2))
        candidates[bad] = candidates[bad].saying("It is a Scam, people! \(newLeadID())")
        let others = (0..<draw(0...3)).map { _ in newComment(on: stage.post, "Me too \(newLeadID())") }
        expectation.hidden = [candidates[bad].id]
        expectation.answered = [asked.id]
        self.asked = asked
        let single = [asked, near, unpaid, own] + candidates + others
        comments += ([edited, flipped, removed] + single).map(\.scenario)
        return [
            notices(of: edited, [("add", nil), ("edited", b), ("edited", a)]),
            notices(of: flipped, [("add", nil), ("hide", nil), ("unhide", nil), ("hide", nil)]),
            notices(of: removed, [("add", nil), ("remove", nil)]),
        ] + single.map { notices(of: $0, [("add", nil)]) }
    }

    private mutating func notices(of comment: DemoComment, _ steps: [(verb: String, text: String?)]) -> [Notice] {
        steps.map { Notice(comment: comment, verb: $0.verb, text: $0.text, time: nextEntryTime()) }
    }

    private mutating func newComment(
        on post: String, _ text: String, under parent: String? = nil, by author: (id: String, name: String)? = nil,
        instagramAd: String? = nil
    ) -> DemoComment {
        let person = DemoPerson.drawn(from: &self)
        let author = author ?? (newLeadID(), instagramAd == nil ? person.name : "user.\(newLeadID())")
        let number = newLeadID()
        return DemoComment(
            id: instagramAd == nil ? "\(post.split(separator: "_").last ?? "")_\(number)" : number, post: post, parent: parent,
            authorID: author.id, authorName: author.name, text: text, createdAt: nextEntryTime(), instagramAd: instagramAd)
    }

    // MARK: how it is told

    /// Every comment's own notifications stay in their order, those of several comments mix. In the second act all of them come
    /// again, in other batches.
    private mutating func addNotices(_ queues: [[Notice]], _ stage: Stage) {
        let told = mixed(queues)
        send(told.filter { !$0.comment.isOnInstagram }, stage, "comments", again: false)
        send(told.filter { $0.comment.isOnInstagram }, stage, "instagram", again: false)
        send(shuffled(told.filter { !$0.comment.isOnInstagram }), stage, "comments-regrouped", again: true)
        send(told.filter { $0.comment.isOnInstagram }, stage, "instagram-again", again: true)
    }

    private mutating func mixed(_ queues: [[Notice]]) -> [Notice] {
        var queues = queues
        var out: [Notice] = []
        while !queues.isEmpty {
            let index = Int(draw(0...Int64(queues.count - 1)))
            out.append(queues[index].removeFirst())
            if queues[index].isEmpty { queues.remove(at: index) }
        }
        return out
    }

    private mutating func send(_ notices: [Notice], _ stage: Stage, _ name: String, again: Bool) {
        for (index, batch) in batches(of: notices).enumerated() {
            let isOnInstagram = batch[0].comment.isOnInstagram
            let entries = batch.map { notice in
                (
                    id: isOnInstagram ? stage.page.instagram ?? "" : stage.page.id, time: notice.time,
                    changes: [notice.comment.change(notice.verb, text: notice.text)]
                )
            }
            let body = DemoNotification.body(isOnInstagram ? "instagram" : "page", entries)
            add(
                .signed("\(name)-\(index + 1)", body, secret: keys.appSecret), changes: batch.count,
                duplicates: again ? batch.count : 0, second: again)
        }
    }

    /// Our own answer comes back as a comment of the Page's.
    func echo(of reply: String) -> DemoRequest? {
        guard let asked, let page = workspaces.flatMap(\.pages).first(where: { asked.post.hasPrefix("\($0.id)_") }) else {
            return nil
        }
        let echo = DemoComment(
            id: reply, post: asked.post, parent: asked.id, authorID: page.id, authorName: page.name, text: Self.answer,
            createdAt: nowMs / 1_000)
        let body = DemoNotification.body("page", [(page.id, nowMs / 1_000, [echo.change("add")])])
        return .signed("comment-echo", body, secret: keys.appSecret)
    }
}

extension DemoComment {
    fileprivate func saying(_ text: String) -> DemoComment {
        DemoComment(
            id: id, post: post, parent: parent, authorID: authorID, authorName: authorName, text: text, createdAt: createdAt,
            instagramAd: instagramAd)
    }
}
