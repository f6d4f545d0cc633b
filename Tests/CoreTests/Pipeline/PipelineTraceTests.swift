import Core
import Testing

@Suite("Trace ids")
struct PipelineTraceTests {
    @Test("an event's is made of its delivery's place and of its own id; a job's and an event's are the same")
    func event() {
        let trace = TraceID(eventID: 77 * 4096 + 3)
        #expect(trace.text == "000000000000004d" + "000000000004d003")
        #expect(trace.text.count == 32 && trace.description == trace.text)
        #expect(TraceID(jobID: (77 * 4096 + 3) * 64 + 5) == trace)
        #expect(trace.seq == 77 && trace.eventID == 77 * 4096 + 3)
    }

    @Test("a delivery's ends with zeros")
    func delivery() { #expect(TraceID(seq: 77).text == "000000000000004d0000000000000000") }

    @Test("ids of PostgreSQL, a day and a counter, fit")
    func large() {
        let seq: Int64 = 20_778 << 29 | 12_345
        let trace = TraceID(eventID: seq * 4096 + 4095)
        #expect(trace.seq == seq && trace.text.count == 32)
        #expect(trace.text.hasPrefix(TraceID(seq: seq).text.prefix(16)))
    }

    @Test("traceparent as W3C Trace Context writes it; a span of zeros is not allowed there")
    func parent() {
        let trace = TraceID(eventID: 4096)
        #expect(trace.parent(span: 255) == "00-\(trace.text)-00000000000000ff-01")
        #expect(trace.parent(span: 0) == "00-\(trace.text)-0000000000000001-01")
    }
}
