import Foundation
import Glibc
import Histogram

/// What the disk under a folder takes for one small durable write.
enum Disk {
    /// p50 and p99 of 200 writes of 4 KiB with fdatasync each, in milliseconds.
    static func sync(in folder: String) throws -> (p50: Double, p99: Double) {
        let path = "\(folder)/fsync-probe"
        let file = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0o600)
        guard file >= 0 else { throw BenchFault.failed("The probe file can't be made in \(folder).") }
        defer {
            close(file)
            unlink(path)
        }
        let page = [UInt8](repeating: 0x5a, count: 4_096)
        var histogram = Histogram<UInt64>(numberOfSignificantValueDigits: .three)
        for _ in 0..<200 {
            let start = ContinuousClock.now
            guard write(file, page, page.count) == page.count, fdatasync(file) == 0 else {
                throw BenchFault.failed("The probe could not be written.")
            }
            histogram.record(UInt64((ContinuousClock.now - start) / .microseconds(1)))
        }
        return (Double(histogram.valueAtPercentile(50)) / 1_000, Double(histogram.valueAtPercentile(99)) / 1_000)
    }

    static func line(in folder: String) throws -> String {
        let (p50, p99) = try sync(in: folder)
        return "fsync of 4 KiB here and now: p50 \(p50) ms, p99 \(p99) ms"
    }
}

enum BenchFault: Error, CustomStringConvertible {
    case failed(String)

    var description: String {
        switch self {
        case .failed(let sentence): sentence
        }
    }
}
