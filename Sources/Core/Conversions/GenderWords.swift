/// English words that say `m` or `f`; Meta matches nothing else.
enum GenderWords {
    private static let male: Set<String> = [
        "m", "male", "man", "men", "boy", "boys", "mr", "mister", "he", "him", "his", "himself", "sir", "gentleman", "gent",
        "guy", "dude", "chap", "bloke", "lad", "fella", "father", "dad", "daddy", "papa", "son", "brother", "bro", "husband",
        "groom", "bridegroom", "boyfriend", "uncle", "nephew", "grandfather", "grandpa", "grandson", "stepfather", "stepson",
        "godfather", "widower", "king", "prince", "lord", "master", "masculine",
    ]
    private static let female: Set<String> = [
        "f", "female", "woman", "women", "girl", "girls", "mrs", "ms", "miss", "missus", "madam", "maam", "she", "her", "hers",
        "herself", "lady", "ladies", "gal", "lass", "mother", "mom", "mum", "mama", "mommy", "mummy", "daughter", "sister",
        "sis", "wife", "bride", "girlfriend", "aunt", "auntie", "niece", "grandmother", "grandma", "granddaughter",
        "stepmother", "stepdaughter", "godmother", "widow", "queen", "princess", "dame", "feminine",
    ]

    /// `m` or `f`; nil for everything else. `text` is trimmed and lower-case; a dot of an abbreviation is nothing.
    static func letter(of text: String) -> String? {
        let word = text.keeping { $0 != "." }
        return male.contains(word) ? "m" : female.contains(word) ? "f" : nil
    }
}
