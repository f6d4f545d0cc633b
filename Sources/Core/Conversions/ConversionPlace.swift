/// Where a conversion stands in its delivery, and which of its copies it is: both are in the position of its event.
///
/// What a source sends is stored once; an event that goes to several datasets is one event for each of them, all read from the same bytes.
package struct ConversionPlace: Sendable, Equatable {
    /// Place in the delivery, from 0.
    package let index: Int
    /// 0: the event itself, for the dataset that its sender named; up to `Limits.conversionCopiesMax`: its copies.
    package let copy: Int

    package init(index: Int, copy: Int = 0) {
        self.index = index
        self.copy = copy
    }

    /// Of an event's position.
    package init(position: Int) {
        (copy, index) = position.quotientAndRemainder(dividingBy: Limits.conversionsPerRequestMax)
    }

    package var position: Int { copy * Limits.conversionsPerRequestMax + index }
}

extension [JSON] {
    /// The event of a delivery that a position stands for; nil when there is none.
    package func conversion(at position: Int) -> JSON? {
        let index = ConversionPlace(position: position).index
        return indices.contains(index) ? self[index] : nil
    }
}
