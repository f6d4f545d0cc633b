import Core
import Storage

extension Store {
    /// The figures that `marks` ask for; nil for what can't be told.
    func reading(for marks: PressureMarks, diskFreeBytes: @Sendable () -> Int?) async -> PressureMarks.Reading {
        var reading = PressureMarks.Reading()
        if marks.diskFreeBytes != nil { reading.diskFreeBytes = diskFreeBytes() }
        if let most = marks.undone {
            // A store that can't be read is told by its health, not here.
            reading.undone = try? await read { try $0.undone(atMost: most) }
        }
        if marks.databaseBytes != nil { reading.databaseBytes = try? await read { try $0.databaseBytes() } }
        return reading
    }
}
