/// Where new work is no longer taken, so that neither memory nor disk runs out; nil: no mark.
package struct PressureMarks: Sendable, Equatable {
    /// Deliveries that wait to be decoded and jobs that wait to be done, together.
    package var undone: Int?
    /// Bytes in use in the database.
    package var databaseBytes: Int?
    /// Bytes that must stay free on the disk of the database.
    package var diskFreeBytes: Int?

    package init(
        undone: Int? = Limits.undoneMax, databaseBytes: Int? = nil, diskFreeBytes: Int? = Limits.diskFreeBytesMin
    ) {
        self.undone = undone
        self.databaseBytes = databaseBytes
        self.diskFreeBytes = diskFreeBytes
    }

    /// What is looked at.
    package enum Gauge: String, Sendable, CaseIterable {
        case undone, database, disk
    }

    /// What a look found; nil where it can't be told.
    package struct Reading: Sendable, Equatable {
        package var undone: Int?
        package var databaseBytes: Int?
        package var diskFreeBytes: Int?

        package init(undone: Int? = nil, databaseBytes: Int? = nil, diskFreeBytes: Int? = nil) {
            self.undone = undone
            self.databaseBytes = databaseBytes
            self.diskFreeBytes = diskFreeBytes
        }
    }

    /// The marks that are passed. One that was passed stays so until there is a tenth of room again: work is not taken and refused in turns.
    package func passed(_ reading: Reading, before: Set<Gauge>) -> Set<Gauge> {
        Set(
            Gauge.allCases.filter { gauge in
                let wasPassed = before.contains(gauge)
                switch gauge {
                case .undone: return Self.isAbove(reading.undone, undone, wasPassed)
                case .database: return Self.isAbove(reading.databaseBytes, databaseBytes, wasPassed)
                case .disk: return Self.isBelow(reading.diskFreeBytes, diskFreeBytes, wasPassed)
                }
            })
    }

    private static func isAbove(_ value: Int?, _ mark: Int?, _ wasPassed: Bool) -> Bool {
        guard let mark else { return false }
        guard let value else { return wasPassed }
        return value >= (wasPassed ? mark - mark / 10 : mark)
    }

    private static func isBelow(_ value: Int?, _ mark: Int?, _ wasPassed: Bool) -> Bool {
        guard let mark else { return false }
        guard let value else { return wasPassed }
        return value < (wasPassed ? mark + mark / 10 : mark)
    }
}
