/// An event that is as it should be, read straight from the bytes of its request: nothing in it is refused, mended or worth a word.
///
/// Most events are like that, and `EventCheck`, which can say what is wrong, costs ten times as much. What is taken here, it would take
/// without a finding and write in the same bytes; for whatever is rarer or doubtful there is no `PlainEvent`, and `EventCheck` has the word.
package struct PlainEvent: Sendable {
    /// A member of `user_data` that is left of it.
    package enum UserMember: Sendable {
        /// It goes on as it came; its place.
        case plain(Int)
        /// It goes on hashed: its place in `personal`.
        case personal(Int)
    }

    private let tape: JSONTape
    /// The values of the event's members without `user_data`, in the order of their keys.
    private let members: [Int]
    /// In the order of their keys.
    package let user: [UserMember]
    package let personal: [ServerEvent.Personal]
    package let outcome: ConsentOutcome
    package let timeSeconds: Int64

    init(
        _ tape: JSONTape, members: [Int], user: [UserMember], personal: [ServerEvent.Personal], outcome: ConsentOutcome,
        timeSeconds: Int64
    ) {
        self.tape = tape
        self.members = members
        self.user = user
        self.personal = personal
        self.outcome = outcome
        self.timeSeconds = timeSeconds
    }

    /// Appends the members without `user_data`, in canonical form, each with a comma before it.
    package func writeMembers(to out: inout [UInt8]) {
        for member in members {
            out.append(UInt8(ascii: ","))
            tape.writeMember(member, to: &out)
        }
    }

    /// Appends one member of `user_data` that goes on as it came, in canonical form.
    package func writeUserMember(_ place: Int, to out: inout [UInt8]) { tape.writeMember(place, to: &out) }

    /// The event as it goes on, without its personal values.
    package var fields: JSONObject {
        var fields = JSONObject(members.map(member))
        let plain = user.compactMap { one in if case .plain(let place) = one { member(place) } else { nil } }
        fields["user_data"] = .object(JSONObject(plain))
        return fields
    }

    private func member(_ place: Int) -> JSONObject.Member {
        JSONObject.Member(key: tape.text(place - 1), value: tape.value(place).withoutNulls ?? .null)
    }
}
