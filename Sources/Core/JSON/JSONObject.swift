/// The members of a JSON object in the order of the document, each key once.
///
/// Two objects are equal when they have the same members in whatever order.
package struct JSONObject: Sendable, Equatable {
    /// A key with its value.
    package struct Member: Sendable, Equatable {
        package let key: String
        package var value: JSON

        package init(key: String, value: JSON) {
            self.key = key
            self.value = value
        }
    }

    package private(set) var members: [Member]

    /// Up to this many members every pair of keys is compared; beyond, keys are hashed.
    private static let pairwiseMax = 16

    /// Of members with the same key the last one stays, in the place of the first.
    package init(_ members: [Member] = []) {
        self.members = members
        guard members.count > 1, hasDuplicates else { return }
        var place: [String: Int] = [:]
        self.members.removeAll(keepingCapacity: true)
        for member in members {
            if let index = place.updateValue(place[member.key] ?? self.members.count, forKey: member.key) {
                self.members[index].value = member.value
            } else {
                self.members.append(member)
            }
        }
    }

    /// The value of a key. Setting nil removes the member; setting `.null` writes a null.
    package subscript(_ key: String) -> JSON? {
        get { members.first { $0.key == key }?.value }
        set {
            let index = members.firstIndex { $0.key == key }
            switch (index, newValue) {
            case (let index?, let value?): members[index].value = value
            case (nil, let value?): members.append(Member(key: key, value: value))
            case (let index?, nil): members.remove(at: index)
            case (nil, nil): return
            }
        }
    }

    package static func == (a: JSONObject, b: JSONObject) -> Bool {
        guard a.members.count == b.members.count else { return false }
        guard a.members.count > pairwiseMax else { return a.members.allSatisfy { b[$0.key] == $0.value } }
        let other = Dictionary(uniqueKeysWithValues: b.members.map { ($0.key, $0.value) })
        return a.members.allSatisfy { other[$0.key] == $0.value }
    }

    private var hasDuplicates: Bool {
        guard members.count <= Self.pairwiseMax else { return Set(members.map(\.key)).count != members.count }
        for index in members.indices.dropFirst() {
            for earlier in 0..<index where members[earlier].key == members[index].key { return true }
        }
        return false
    }
}
