import Foundation

extension Transaction {
    /// Deliveries not decoded and jobs not done, counted up to `atMost`: a backlog beyond it costs no more to look at.
    package func undone(atMost: Int) throws(StoreError) -> Int {
        let row = try run(
            """
            SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM deliveries WHERE decoded = 0 LIMIT \(Int64(atMost))) AS waiting)
                 + (SELECT COUNT(*) FROM (SELECT 1 FROM jobs WHERE state = 'open' LIMIT \(Int64(atMost))) AS due) AS count
            """)[0]
        return Int(min(Int64(atMost), try row.int64("count")))
    }

    /// Bytes in use: on SQLite without the pages of the file that are free for new rows.
    package func databaseBytes() throws(StoreError) -> Int {
        let row =
            switch engine {
            case .sqlite:
                try run(
                    """
                    SELECT (pages.page_count - free.freelist_count) * size.page_size AS bytes
                    FROM pragma_page_count AS pages, pragma_freelist_count AS free, pragma_page_size AS size
                    """)[0]
            case .postgresql: try run("SELECT pg_database_size(current_database()) AS bytes")[0]
            }
        return Int(try row.int64("bytes"))
    }
}

extension Store {
    /// Bytes that the disk of the database has left for this process; nil where the database is another machine's, and where it can't be told.
    package func diskFreeBytes() -> Int? {
        guard case .file(let path) = options.location else { return nil }
        let folder = URL(filePath: path).deletingLastPathComponent().path
        var space = statvfs()
        guard statvfs(folder, &space) == 0 else { return nil }
        let (bytes, overflow) = UInt(space.f_bavail).multipliedReportingOverflow(by: UInt(space.f_frsize))
        return overflow ? Int.max : Int(clamping: bytes)
    }
}
