use std::{fmt, str::FromStr};

/// The longest pattern, in bytes.
const LONGEST: usize = 512;

/// A pattern of files' paths: `*` and `?` stand for characters of a name,
/// `[a-z]` for one of some, `**` for any number of folders. Matching takes time
/// by the product of both lengths at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob {
    text: String,
    parts: Vec<String>,
}

/// Why a text is no pattern of files beside a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct GlobError(&'static str);

impl Glob {
    /// Whether a text has anything in it that stands for something else.
    pub fn is_one(text: &str) -> bool {
        text.contains(['*', '?', '['])
    }

    /// A pattern of paths anywhere. What a plan writes is held to more: parse
    /// it.
    pub fn new(text: &str) -> Self {
        let parts = text.split('/').filter(|part| *part != ".");
        Self {
            parts: parts.map(str::to_owned).collect(),
            text: text.to_owned(),
        }
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The folder that all paths that match are below; empty where that is the
    /// one that paths begin in.
    pub fn folder(&self) -> String {
        let all = self.parts.len().saturating_sub(1);
        let plain = self.parts.iter().take(all);
        let plain: Vec<&str> = plain
            .map(String::as_str)
            .take_while(|part| !Self::is_one(part))
            .collect();
        match plain.as_slice() {
            [""] => "/".to_owned(),
            _ => plain.join("/"),
        }
    }

    /// Whether it matches all of a path.
    pub fn matches(&self, path: &str) -> bool {
        let names: Vec<&str> = path.split('/').collect();
        wild(
            &self.parts,
            &names,
            |part| part == "**",
            |part, name| {
                let part: Vec<Sign> = signs(part);
                let name: Vec<char> = name.chars().collect();
                wild(&part, &name, |sign| *sign == Sign::Any, Sign::takes)
            },
        )
    }
}

impl FromStr for Glob {
    type Err = GlobError;

    /// A pattern of files below one folder, as a plan has it: it leads nowhere
    /// else, and nothing in it is meant to be more than it is.
    fn from_str(text: &str) -> Result<Self, GlobError> {
        let has = |part: &str| text.split('/').any(|own| own == part);
        let refused = match () {
            () if text.is_empty() => "it is empty",
            () if text.len() > LONGEST => "it is longer than 512 bytes",
            () if text.contains("://") => "it is a URL",
            () if text.starts_with('/') => "it is absolute",
            () if text.contains('\\') => "folders are parted by /",
            () if text.chars().any(char::is_control) => "it has a control character",
            () if has("..") => "it leads out of the plan's folder",
            () if text.ends_with('/') => "it names a folder; add **/*.hurl to it",
            () if has("") || has(".") => "it has an empty folder or a . in it",
            () if text.contains(['{', '}']) => "braces are no alternatives; write two of them",
            () if text
                .split('/')
                .any(|part| part.contains("**") && part != "**") =>
            {
                "** stands for whole folders, between slashes"
            }
            () if text.split('/').any(|part| !is_closed(part)) => "a [ in it is not closed",
            () => return Ok(Self::new(text)),
        };
        Err(GlobError(refused))
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whether each `[` of a name begins a class.
fn is_closed(part: &str) -> bool {
    let literal = signs(part).contains(&Sign::Char('['));
    // Within brackets it stands for itself.
    !literal
}

/// What a name is made of.
#[derive(Debug, PartialEq, Eq)]
enum Sign {
    Any,
    One,
    Char(char),
    Of {
        ranges: Vec<(char, char)>,
        not: bool,
    },
}

impl Sign {
    fn takes(&self, c: &char) -> bool {
        match self {
            Sign::Any => false,
            Sign::One => true,
            Sign::Char(own) => own == c,
            Sign::Of { ranges, not } => {
                ranges.iter().any(|(from, to)| (from..=to).contains(&c)) != *not
            }
        }
    }
}

fn signs(part: &str) -> Vec<Sign> {
    let chars: Vec<char> = part.chars().collect();
    let mut signs = Vec::new();
    let mut rest = chars.as_slice();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        signs.push(match first {
            '*' => Sign::Any,
            '?' => Sign::One,
            '[' => match class(after) {
                Some((sign, after)) => {
                    rest = after;
                    sign
                }
                None => Sign::Char('['),
            },
            c => Sign::Char(*c),
        });
    }
    signs
}

/// What stands after `[`, up to its `]`; none where that is missing.
fn class(chars: &[char]) -> Option<(Sign, &[char])> {
    let (not, chars) = match chars {
        ['!' | '^', rest @ ..] => (true, rest),
        _ => (false, chars),
    };
    // A ] that comes first stands for itself.
    let end = 1 + chars.iter().skip(1).position(|c| *c == ']')?;
    let (mut inner, rest) = chars.split_at(end);
    let mut ranges = Vec::new();
    while let Some((from, after)) = inner.split_first() {
        match after {
            ['-', to, after @ ..] => {
                ranges.push((*from, *to));
                inner = after;
            }
            _ => {
                ranges.push((*from, *from));
                inner = after;
            }
        }
    }
    Some((Sign::Of { ranges, not }, rest.get(1..).unwrap_or_default()))
}

/// Matches a pattern in which some parts stand for any number of items, in
/// time that grows with the product of both lengths at most.
fn wild<P, T>(
    pattern: &[P],
    items: &[T],
    any: impl Fn(&P) -> bool,
    one: impl Fn(&P, &T) -> bool,
) -> bool {
    let (mut p, mut i) = (0, 0);
    // The last part for any number, and how far it reached.
    let mut back: Option<(usize, usize)> = None;
    while let Some(item) = items.get(i) {
        match pattern.get(p) {
            Some(part) if any(part) => {
                back = Some((p, i));
                p += 1;
            }
            Some(part) if one(part, item) => {
                p += 1;
                i += 1;
            }
            _ => match back {
                Some((part, reached)) => {
                    back = Some((part, reached + 1));
                    p = part + 1;
                    i = reached + 1;
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(any))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_patterns() {
        for (pattern, path, matches) in [
            ("smoke/*.hurl", "smoke/a.hurl", true),
            ("smoke/*.hurl", "smoke/deep/a.hurl", false),
            ("smoke/*.hurl", "smoke/.hurl", true),
            ("*.hurl", "a.hurl", true),
            ("*.hurl", "smoke/a.hurl", false),
            ("**/*.hurl", "a.hurl", true),
            ("**/*.hurl", "a/b/c.hurl", true),
            ("smoke/**/x.hurl", "smoke/x.hurl", true),
            ("smoke/**/x.hurl", "smoke/a/b/x.hurl", true),
            ("smoke/**/x.hurl", "smoke/a/b/y.hurl", false),
            ("smoke/**", "smoke/a/b", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[]]x", "]x", true),
            ("[ab", "[ab", true),
            ("*a*b*c*", "xxaxxbxxcxx", true),
            ("*a*b*c*", "xxaxxcxxbxx", false),
            ("./a/*.x", "a/b.x", true),
            ("/a/*.x", "/a/b.x", true),
            ("", "", true),
        ] {
            assert_eq!(
                Glob::new(pattern).matches(path),
                matches,
                "{pattern} {path}"
            );
        }
    }

    #[test]
    fn a_table_of_folders() {
        for (pattern, folder) in [
            ("*.hurl", ""),
            ("smoke/*.hurl", "smoke"),
            ("a/b/**/*.hurl", "a/b"),
            ("a/b.hurl", "a"),
            ("/*.hurl", "/"),
            ("/a/[b]/c", "/a"),
        ] {
            assert_eq!(Glob::new(pattern).folder(), folder, "{pattern}");
        }
    }

    #[test]
    fn many_stars_end_soon() {
        let pattern = "*a".repeat(500);
        assert!(!Glob::new(&pattern).matches(&"a".repeat(499)));
        assert!(Glob::new(&pattern).matches(&"a".repeat(5000)));
    }

    #[test]
    fn a_table_of_what_a_plan_may_write() {
        for text in [
            "smoke/*.hurl",
            "**/*.hurl",
            "a.hurl",
            "a b/[[]x[]].hurl",
            "smoke/[!_]*.hurl",
            "...hurl",
        ] {
            assert_eq!(
                text.parse::<Glob>().map(|g| g.to_string()).as_deref(),
                Ok(text)
            );
        }
        for (text, why) in [
            ("", "empty"),
            ("/a.hurl", "absolute"),
            ("../a.hurl", "leads out"),
            ("a/../b.hurl", "leads out"),
            ("./a.hurl", "a . in it"),
            ("a//b.hurl", "an empty folder"),
            ("smoke/", "names a folder"),
            ("s3://plans/a.hurl", "a URL"),
            ("a\\b.hurl", "parted by /"),
            ("{a,b}.hurl", "braces"),
            ("smoke**.hurl", "whole folders"),
            ("***/a", "whole folders"),
            ("[ab.hurl", "not closed"),
            ("a\nb", "control"),
        ] {
            let error = text.parse::<Glob>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
        assert!("a".repeat(513).parse::<Glob>().is_err());
    }
}
