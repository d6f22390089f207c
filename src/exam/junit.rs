//! Marks as JUnit XML, which CI systems read. Pure.

use std::fmt::Write as _;
use std::time::Duration;

use crate::exam::mark::{Mark, Verdict, counts, tenths};
use crate::text;

/// One test suite with a test case for each scenario.
pub(crate) fn report(marks: &[Mark], took: Duration) -> String {
    let [_, failed, skipped] = counts(marks);
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"jobs-sandbox exam\" tests=\"{}\" failures=\"{failed}\" skipped=\"{skipped}\" time=\"{}\">\n",
        marks.len(),
        tenths(took)
    );
    for mark in marks {
        let name = escape(&format!("{} {}", mark.scenario.id, mark.scenario.title));
        let time = tenths(mark.took);
        let _ = writeln!(
            xml,
            "  <testcase classname=\"exam\" name=\"{name}\" time=\"{time}\">"
        );
        match &mark.verdict {
            Verdict::Pass => {}
            Verdict::Fail(reason) => {
                let (reason, page) = (escape(reason), escape(&mark.scenario.page()));
                let _ = writeln!(xml, "    <failure message=\"{reason}\">{page}</failure>");
            }
            Verdict::NotApplicable(reason) => {
                let _ = writeln!(xml, "    <skipped message=\"{}\"/>", escape(reason));
            }
        }
        let facts = escape(&mark.facts.join("\n"));
        let _ = writeln!(xml, "    <system-out>{facts}</system-out>\n  </testcase>");
    }
    xml.push_str("</testsuite>\n");
    xml
}

/// A text as XML, without what XML 1.0 cannot hold.
fn escape(text: &str) -> String {
    let text = text::sanitize_lines(text);
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exam::scenarios::SCENARIOS;

    #[test]
    fn marks_become_test_cases() {
        let verdicts = [
            Verdict::Pass,
            Verdict::Fail("the program said \"<&>\"".to_owned()),
            Verdict::NotApplicable("none".to_owned()),
        ];
        let marks = SCENARIOS
            .iter()
            .zip(verdicts)
            .map(|(scenario, verdict)| Mark {
                scenario,
                verdict,
                facts: vec!["ran 1 time".to_owned(), "\u{1b}[0m".to_owned()],
                took: Duration::from_millis(1234),
            });
        let xml = report(&marks.collect::<Vec<_>>(), Duration::from_secs(2));
        for expected in [
            "tests=\"3\" failures=\"1\" skipped=\"1\" time=\"2\">",
            "name=\"E1 a job was queued before the device connects\" time=\"1.2\">",
            "<failure message=\"the program said &quot;&lt;&amp;&gt;&quot;\">https://docs.aws.amazon.com/",
            "<skipped message=\"none\"/>",
            "<system-out>ran 1 time\n\\u001b[0m</system-out>",
        ] {
            assert!(xml.contains(expected), "{expected}\n{xml}");
        }
    }
}
