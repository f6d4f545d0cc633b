/// Somebody who answers a form, comments or buys. No two have the same address.
struct DemoPerson: Sendable {
    let name: String
    let email: String

    private static let givenNames = ["Zoë", "Łukasz", "李小龙", "Σοφία", "Ñandú", "Ólafur", "Björk", "Иван", "שרה", "José 🎈"]
    private static let familyNames = [
        "O’Brien", "Żółć", "Müller-Lüdenscheidt", "García", "Ελένη", "de la Cruz", "佐藤", "Ångström",
    ]

    static func drawn(from story: inout DemoStory) -> DemoPerson {
        let given = givenNames[Int(story.draw(0...Int64(givenNames.count - 1)))]
        let family = familyNames[Int(story.draw(0...Int64(familyNames.count - 1)))]
        return DemoPerson(name: "\(given) \(family)", email: "person.\(story.newLeadID())@example.net")
    }
}
