/// Every bound of the program, each with its reason.
package enum Limits {
    /// Largest body of a delivery. Meta publishes none; 1 000 escaped comments reach some megabytes.
    package static let deliveryBytesMax = 8 * 1024 * 1024
    /// Largest header block, all names and values together, before 431.
    package static let headerBytesMax = 32 * 1024
    /// Largest single header line (name and value).
    package static let headerLineBytesMax = 8 * 1024
    /// Most header fields of one request.
    package static let headerCountMax = 100
    /// Streams that one HTTP/2 connection may have open at once.
    package static let streamsPerConnectionMax: UInt32 = 256
    /// Connections open at once on the public port; more are closed at accept.
    package static let connectionsMax = 10_000
    /// A TLS handshake that takes longer is cut.
    package static let handshakeMs: Int64 = 10_000
    /// From the first byte of a request to the end of its headers.
    package static let headersMs: Int64 = 10_000
    /// From the end of the headers to the end of the body.
    package static let bodyMs: Int64 = 30_000
    /// A connection without an open request is closed after this.
    package static let idleMs: Int64 = 75_000
    /// From the first byte of an answer to its last; a peer that does not read is cut.
    package static let writeMs: Int64 = 30_000
    /// How long a graceful stop waits for requests under way.
    package static let drainMs: Int64 = 10_000
    /// Body bytes that all connections may hold at once, before new bodies are answered 503.
    package static let bodyBytesInFlightMax = 256 * 1024 * 1024
    /// Secrets that are tried for one request, over all apps.
    package static let secretsMax = 8
    /// Tokens, and secrets, of one source: the old and the new one while they are rotated, and one more pair for a rotation that overtakes another.
    package static let sourceSecretsMax = 4
    /// Deepest nesting that the JSON reader follows; Meta's own payloads reach 8.
    package static let jsonDepthMax = 64
    /// Changes in one delivery that become events of their own. Meta sends at most 1 000; event ids leave room for 4 096.
    package static let eventsPerDeliveryMax = 4_000
    /// Routes of a configuration: a job's id is its event's id times 64 plus the route's place.
    package static let routesMax = 64
    /// Ids in one `IN` filter of a Graph API call, so that the URL stays under 8 KiB.
    package static let idsPerCallMax = 100
    /// Rows asked for per page.
    package static let rowsPerPage = 500
    /// Pages followed in one read; beyond, the read is split.
    package static let pagesMax = 200
    /// A lease on claimed work. Longer than every outgoing timeout, so that no second worker starts on work that still runs.
    package static let leaseMs: Int64 = 60_000
    /// One outgoing call (connect, send, answer), Graph API and destinations alike. Must stay below `leaseMs` / 2: a write is read, post, read back.
    package static let outgoingCallMs: Int64 = 15_000
    /// Attempts before work is dead, with full jitter between `backoffBaseMs` and `backoffMaxMs`.
    package static let attemptsMax = 12
    package static let backoffBaseMs: Int64 = 1_000
    package static let backoffMaxMs: Int64 = 15 * 60_000
    /// Answer bytes read from a destination; the first KiB is kept.
    package static let answerBytesMax = 1024 * 1024
    /// Answer bytes read from the Graph API.
    package static let graphAnswerBytesMax = 32 * 1024 * 1024
    /// A dedupe key is kept this long: Meta retries for 36 hours, WhatsApp for 7 days.
    package static let eventKeysKeptMs: Int64 = 7 * 86_400_000
    /// A conversion's dedupe key is kept this long after Meta has taken it: so long Meta itself drops a second one.
    package static let conversionKeysKeptMs: Int64 = 48 * 3_600_000
    /// Deliveries that one group commit takes at most, so that the last answer of a group does not wait for thousands.
    package static let groupJobsMax = 512
    /// Write jobs that may wait for the writer; above, appends are refused with 503.
    package static let writerQueueMax = 20_000
    /// The writer itself checkpoints (RESTART) when the WAL passes this.
    package static let walBytesMax = 64 * 1024 * 1024
    /// Touched entities that one pass over an account takes.
    package static let touchedPerRefreshMax = 2_000
    /// Accounts that are read side by side; each waits for Meta, not for us.
    package static let accountsAtOnceMax = 16
    /// Messages that are sent side by side.
    package static let sendsAtOnceMax = 128
    /// An account's currency, time zone and status are read again after this.
    package static let accountFreshMs: Int64 = 24 * 3_600_000
    /// Conversions in one call; Meta's own bound.
    package static let conversionsPerCallMax = 1_000
    /// Bytes of one call; more would hold up a retry of all that is in it.
    package static let conversionsCallBytesMax = 1024 * 1024
    /// Conversions that one look at the outbox takes, over all datasets.
    package static let conversionsClaimMax = 4_000
    /// Stages of leads in one call: one lead id that Meta does not know refuses the whole call.
    package static let leadStagesPerCallMax = 50
    /// Calls that looking for the bad events of one batch may take; what is left then is taken up anew.
    package static let conversionCallsMax = 64
    /// From a conversion's first attempt to its last: as long as Meta drops a second receipt of the same event.
    package static let conversionRetryMs: Int64 = 48 * 3_600_000
    /// How long a conversion waits for others, where its source says nothing else.
    package static let conversionLingerMs: Int64 = 1_000
    /// Events of one dataset that are refused alone, one after the other and for the same reason, before the dataset itself is suspected.
    package static let conversionsRefusedInRowMax = 8
    /// Events at the end of a batch that are asked for alone, then, and refused as well, before it is the dataset.
    package static let conversionsLastAskedMax = 3
    /// Calls with conversions whose answers are lost, one after the other, before the batch waits.
    package static let conversionLostInRowMax = 3
    /// Calls of a batch that Meta refuses for a passing reason, one after the other, after it has judged others of the batch.
    package static let conversionPutOffInRowMax = 3
    /// After so long what a batch left behind is taken up by another.
    package static let conversionRestMs: Int64 = 1_000
    /// After a held dataset took an event, row after row of refusals is taken for the events' own fault, not for the dataset's, for so long.
    package static let datasetTrustedMs: Int64 = 60_000
    /// Batches of conversions that are sent side by side; a batch is up to a megabyte.
    package static let datasetsAtOnceMax = 4
    /// Ahead of our clock, a conversion's time still counts as now.
    package static let conversionSkewMs: Int64 = 5 * 60_000
    /// The accounts' ads are paged again for an unknown post no sooner than this: an organic post would cost a read each time.
    package static let storyIndexFreshMs: Int64 = 15 * 60_000
    /// A comment takes a private reply this long; Meta's own bound.
    package static let privateReplyMs: Int64 = 7 * 86_400_000
    /// A lead that Meta still does not show is given up after this; its notification comes up to minutes before it can be read.
    package static let leadUnreadableMs: Int64 = 24 * 3_600_000
    /// Bodies up to this are parsed where they arrive; larger ones would hold up the event loop and go to the parsers.
    package static let parsedInPlaceBytesMax = 16 * 1024
    /// Threads that parse; each holds one document, up to some ten times its bytes.
    package static let parsersMax = 2
    /// Bodies that wait for a parser; above, senders are asked to come again. Their bytes count in `bodyBytesInFlightMax`.
    package static let parserQueueMax = 256
    /// Body of a callback: a `signed_request` has some hundred bytes.
    package static let callbackBytesMax = 8 * 1024
    /// Jobs whose chains run side by side; each waits for the network and holds some KiB.
    package static let jobsAtOnceMax = 512
    /// A job that runs longer counts among the slow; at most half of `jobsAtOnceMax` may be slow, so that fresh keys always find room.
    package static let jobSlowMs: Int64 = 1_000
    /// A chain that runs longer is cut. With the time to write it down it stays below `leaseMs`.
    package static let jobMs: Int64 = 45_000
    /// Jobs that one look takes, and that end in one transaction, where there are more than it keeps up with.
    package static let jobsClaimMax = 256
    /// The same else, on SQLite: some milliseconds, which what comes in waits for.
    package static let jobsClaimCalmMax = 64
    /// Events that are decoded in one transaction, unless one delivery has more, where there are more than it keeps up with.
    package static let decodedPerCommitMax = 256
    /// The same else, on SQLite: some milliseconds, which what comes in waits for.
    package static let decodedPerCommitCalmMax = 64
    /// Deliveries that one look finds, or a quarter of the bytes that it reads at most: then there is more than it keeps up with.
    package static let decodedBehindMin = 64
    /// The same where what comes in has a connection of its own, and every transaction costs several round trips.
    package static let decodedPerCommitSharedMax = 512
    /// Bytes of deliveries that are read at once to be decoded, unless one delivery has more.
    package static let decodedReadBytesMax = 4 << 20
    /// Jobs that were claimed together are committed together when they end within this: their touches are then read in one call.
    package static let jobsPatienceMs: Int64 = 50
    /// They go without those that still run once none of them has ended for this long.
    package static let jobsQuietMs: Int64 = 5
    /// Messages to one place (a destination, a workspace at Meta) that are sent side by side: a place that hangs holds no more of `sendsAtOnceMax`.
    package static let sendsPerPlaceMax = 32
    /// From when work was made to its last attempt, where nothing else is said; as long as the key that stops its duplicates is kept.
    package static let retryMs: Int64 = 7 * 86_400_000
    /// How far the clocks of two gateways may be apart.
    package static let clockSkewMs: Int64 = 3_000
    /// A duty (decoding, schedules) is another gateway's after its holder was silent for this long.
    package static let dutyMs: Int64 = 10_000
    /// A gateway that was silent for this long counts as gone.
    package static let presenceMs: Int64 = 10_000
    /// A gateway that has a duty prolongs it, and says that it is there, this often.
    package static let dutyBeatMs: Int64 = 3_000
    package static let presenceBeatMs: Int64 = 2_000
    /// Failures in a row to store a delivery's events before the ones to blame are looked for.
    package static let decodeFailuresMax = 3
    /// A loop that has not turned for so long counts as dead.
    package static let loopSilentMs: Int64 = 10_000
    /// Requests with a body that all senders may have under way at once; each holds some KiB beside its body.
    package static let requestsInFlightMax = 4_096
    /// The same of one app or its webhooks: as many as four connections carry.
    package static let appRequestsMax = 1_024
    /// Body bytes of one app's webhooks under way: eight of the largest deliveries, a quarter of everybody's.
    package static let appBytesMax = 64 * 1024 * 1024
    /// Requests of one source of conversions under way.
    package static let sourceRequestsMax = 256
    /// Body bytes of one source under way.
    package static let sourceBytesMax = 32 * 1024 * 1024
    /// Deliveries and jobs that may wait before new ones are refused: hours of work, and some gigabytes.
    package static let undoneMax = 2_000_000
    /// Free bytes on the database's disk below which nothing new is taken: the write-ahead log grows to 128 MiB, and work under way
    /// still writes rows.
    package static let diskFreeBytesMin = 512 * 1024 * 1024
    /// Bodies of one sender that wait for a parser: a quarter of `parserQueueMax`, so that one sender can't fill it.
    package static let parserQueueOfOneMax = 64
    /// Connections to the Graph API open at once: as many as there are jobs and sends that may wait for it, so that those that hang take none from
    /// others. They are opened as they are needed.
    package static let graphConnectionsMax = jobsAtOnceMax + sendsAtOnceMax
}
