/// What a source has made of the rules of validation; where it says nothing, what Meta documents.
///
/// Much of what is known about Meta's checks was found out by others and changes without notice, so that every such rule can be
/// set.
package struct SourceRules: Sendable, Equatable {
    private var chosen: [ConversionFault: Ruling] = [:]

    /// Every fault by its default.
    package static let documented = SourceRules()

    /// The faults that leave a choice, by their codes.
    package static let settable = ConversionFault.allCases.filter { $0.rulings.count > 1 }.sorted { $0.rawValue < $1.rawValue }

    package init() {}

    /// A choice that the fault does not allow changes nothing.
    package init(_ chosen: [ConversionFault: Ruling]) {
        self.chosen = chosen.filter { fault, ruling in fault.rulings.contains(ruling) }
    }

    package subscript(_ fault: ConversionFault) -> Ruling { chosen[fault] ?? fault.rulings[0] }
}
