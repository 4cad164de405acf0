use std::collections::BTreeSet;

use hurl::{
    Problem, Source, Span,
    ast::{self, Response, Version},
};

/// A file as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its name: what evidence calls it, and what names of other files are
    /// relative to.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Files that can be run: all of them read, and nothing in them refused.
///
/// A suite may still be empty or check nothing. Whoever decides by it asks
/// [`Suite::has_checks`] first.
#[derive(Debug, Clone, Default)]
pub struct Suite {
    pub(crate) files: Vec<TestFile>,
}

/// A file of a suite.
#[derive(Debug, Clone)]
pub(crate) struct TestFile {
    pub(crate) source: Source,
    pub(crate) file: ast::File,
}

/// A file that can't be run, and why. Never without a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The file.
    pub source: Source,
    /// What is wrong with it, in order.
    pub problems: Vec<Problem>,
}

impl Suite {
    /// Reads files: each as a Hurl file, and all of it as something that can
    /// be run. Their order stays.
    ///
    /// # Errors
    /// Every file that can't be run, in order, each with all that is known to
    /// be wrong with it. Then nothing of the suite should run.
    pub fn read(found: Vec<Found>) -> Result<Self, Vec<Unreadable>> {
        let mut names = BTreeSet::new();
        let mut files = Vec::new();
        let mut unreadable = Vec::new();
        for found in found {
            let twice = !names.insert(found.name.clone());
            match TestFile::read(found, twice) {
                Ok(file) => files.push(file),
                Err(file) => unreadable.push(file),
            }
        }
        if unreadable.is_empty() {
            Ok(Self { files })
        } else {
            Err(unreadable)
        }
    }

    /// The names of the files, in order.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|f| f.source.name())
    }

    /// How many entries all files have together.
    pub fn entries(&self) -> usize {
        self.files.iter().map(|f| f.file.entries.len()).sum()
    }

    /// How many checks all files have together, each entry run once.
    pub fn checks(&self) -> usize {
        let entries = self.files.iter().flat_map(|f| &f.file.entries);
        let responses = entries.filter_map(|e| e.response.as_ref());
        responses.map(checks).sum()
    }

    /// Whether there is no file.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Whether there is anything to send.
    pub fn has_entries(&self) -> bool {
        self.entries() > 0
    }

    /// Whether anything at all is checked: a suite that checks nothing passes
    /// whatever it meets, so it is no test.
    pub fn has_checks(&self) -> bool {
        self.checks() > 0
    }
}

/// What of an answer is checked before anything is captured.
pub(crate) fn first_checks(response: &Response) -> usize {
    let version = response.version.value != Version::Any;
    let status = response.status.value.is_some();
    usize::from(version) + usize::from(status)
}

/// What of an answer is checked: `HTTP 200` is one check, `HTTP *` none.
pub(crate) fn checks(response: &Response) -> usize {
    first_checks(response)
        + response.headers.len()
        + usize::from(response.body.is_some())
        + response.asserts.len()
}

impl TestFile {
    fn read(found: Found, twice: bool) -> Result<Self, Unreadable> {
        let Found { name, bytes } = found;
        let refused = |source: Source, problems| Unreadable { source, problems };
        let (source, not_text) = match String::from_utf8(bytes) {
            Ok(text) => {
                // A mark that editors leave; it says nothing.
                let text = text
                    .strip_prefix('\u{feff}')
                    .map(str::to_owned)
                    .unwrap_or(text);
                (Source::new(name, text), None)
            }
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let problem = not_utf8(error.as_bytes(), at);
                // The text before the byte keeps its length, so its place does.
                let text = String::from_utf8_lossy(error.as_bytes());
                (Source::new(name, text), Some(problem))
            }
        };
        let mut problems = Vec::new();
        if twice {
            let problem = Problem::new(Span::default(), "another file has the same name");
            problems.push(problem.with_remedy("name each file once"));
        }
        if let Some(problem) = not_text {
            problems.push(problem);
            return Err(refused(source, problems));
        }
        let file = match hurl::parse(source.text()) {
            Ok(file) => file,
            Err(problem) => {
                problems.push(problem);
                return Err(refused(source, problems));
            }
        };
        problems.extend(hurl_eval::check(&file));
        if problems.is_empty() {
            Ok(Self { source, file })
        } else {
            Err(refused(source, problems))
        }
    }
}

fn not_utf8(bytes: &[u8], at: usize) -> Problem {
    let byte = bytes.get(at).copied().unwrap_or_default();
    // The byte itself shows as one character of three bytes in the source.
    let span = Span::new(at, at + '\u{fffd}'.len_utf8());
    let message = format!("the byte 0x{byte:02x} is no UTF-8");
    Problem::new(span, message).with_remedy("save the file as UTF-8")
}

impl Unreadable {
    /// Each problem in one line: `smoke/login.hurl:3:8: expected a status`.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.problems.iter().map(|p| p.line(&self.source))
    }

    /// For people: each problem in one line, and below it the line of the file
    /// with a marker.
    pub fn show(&self) -> String {
        let show =
            |p: &Problem| format!("{}\n{}", p.line(&self.source), self.source.snippet(p.span));
        self.problems
            .iter()
            .map(show)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str, bytes: impl Into<Vec<u8>>) -> Found {
        Found {
            name: name.to_owned(),
            bytes: bytes.into(),
        }
    }

    fn lines(found: Vec<Found>) -> Vec<String> {
        let unreadable = Suite::read(found).unwrap_err();
        unreadable.iter().flat_map(Unreadable::lines).collect()
    }

    #[test]
    fn what_is_counted() {
        let count = |text: &str| {
            let suite = Suite::read(vec![found("a.hurl", text)]).unwrap();
            (suite.entries(), suite.checks())
        };
        for (text, expected) in [
            ("", (0, 0)),
            ("# nothing\n", (0, 0)),
            ("GET http://a\n", (1, 0)),
            ("GET http://a\nHTTP *\n", (1, 0)),
            ("GET http://a\nHTTP 200\n", (1, 1)),
            ("GET http://a\nHTTP/1.1 200\nA: b\n", (1, 3)),
            ("GET http://a\nHTTP 200\n[Captures]\na: body\n", (1, 1)),
            (
                "GET http://a\nHTTP *\n[Asserts]\nbody exists\nGET http://b\nHTTP 200\n`x`\n",
                (2, 3),
            ),
            ("\u{feff}GET http://a\nHTTP 200\n", (1, 1)),
        ] {
            assert_eq!(count(text), expected, "{text:?}");
        }
        let none = Suite::read(vec![]).unwrap();
        assert!(none.is_empty() && !none.has_entries() && !none.has_checks());
    }

    #[test]
    fn every_file_tells_what_is_wrong() {
        let all = lines(vec![
            found("good.hurl", "GET http://a\nHTTP 200\n"),
            found("bytes.hurl", b"# f\xc3\xbcr\nGET http://\xffa\n".as_slice()),
            found("words.hurl", "GET http://a\nHTTP abc\n"),
            found("good.hurl", "GET http://a\nHTTP 200\n"),
        ]);
        assert_eq!(all.len(), 3, "{all:?}");
        assert_eq!(
            all[0],
            "bytes.hurl:2:12: the byte 0xff is no UTF-8; save the file as UTF-8"
        );
        assert!(all[1].starts_with("words.hurl:2:"), "{all:?}");
        assert!(
            all[2].starts_with("good.hurl:1:1: another file has"),
            "{all:?}"
        );
    }

    #[test]
    fn people_see_the_line_with_a_marker() {
        let file = found("a.hurl", b"GET http://\xffa\n".as_slice());
        let shown = Suite::read(vec![file]).unwrap_err()[0].show();
        assert!(shown.contains("a.hurl:1:12: the byte 0xff"), "{shown}");
        assert!(shown.contains("GET http://\u{fffd}a"), "{shown}");
        assert!(shown.contains('^'), "{shown}");
    }
}
