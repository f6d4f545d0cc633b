/// The outcomes as JUnit XML, which every CI reads.
package enum JUnitReport {
    package static func text(_ outcomes: [Rehearsal.Outcome], failures: [(path: String, sentence: String)]) -> String {
        let red = outcomes.count { !$0.differences.isEmpty } + failures.count
        let time = outcomes.map(\.seconds).reduce(0, +)
        var lines = [
            #"<?xml version="1.0" encoding="UTF-8"?>"#,
            #"<testsuite name="touchstone" tests="\#(outcomes.count + failures.count)" failures="\#(red)" time="\#(seconds(time))">"#,
        ]
        for outcome in outcomes {
            let head =
                #"  <testcase classname="fixtures" name="\#(escaped(outcome.file.path))" time="\#(seconds(outcome.seconds))""#
            guard let first = outcome.differences.first else {
                lines.append(head + "/>")
                continue
            }
            let all = outcome.differences.joined(separator: "\n")
            lines.append(head + #"><failure message="\#(escaped(first))">\#(escaped(all))</failure></testcase>"#)
        }
        for failure in failures {
            let sentence = escaped(failure.sentence)
            lines.append(
                #"  <testcase classname="fixtures" name="\#(escaped(failure.path))"><failure message="\#(sentence)">\#(sentence)</failure></testcase>"#
            )
        }
        return (lines + ["</testsuite>", ""]).joined(separator: "\n")
    }

    private static func seconds(_ value: Double) -> String { String(Double(Int(value * 1_000)) / 1_000) }

    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            case "\"": "&quot;"
            case "\n", "\t": String(scalar)
            case _: scalar.value < 32 ? "\u{FFFD}" : String(scalar)
            }
        }.joined()
    }
}
