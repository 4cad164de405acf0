//! The files that tests send: bodies, and parts of forms.

use std::pin::Pin;

use smoke::Files;
use store::{Location, Plans};

/// The largest of them, in bytes.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Reads files from the folder of the test that names them.
pub(crate) struct Beside<'a> {
    pub(crate) plans: &'a Plans,
    /// The plan, which names of tests are relative to.
    pub(crate) plan: &'a Location,
}

impl Files for Beside<'_> {
    fn read<'a>(
        &'a self,
        test: &'a str,
        name: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, String>> + Send + 'a>> {
        Box::pin(async move {
            let name = inside(name).ok_or_else(|| {
                format!("{name:?} is not below the folder of {test}; put it there")
            })?;
            let name = match test.rsplit_once('/') {
                Some((folder, _)) => format!("{folder}/{name}"),
                None => name,
            };
            match self.plans.beside(self.plan, &name, LARGEST).await {
                Ok(Some(bytes)) => Ok(bytes.to_vec()),
                Ok(None) => {
                    let folder = self.plan.folder();
                    Err(format!(
                        "there is no {name:?} in {folder}; upload it beside the test"
                    ))
                }
                Err(error) => Err(error.to_string()),
            }
        })
    }
}

/// A name without `.` and `..`, if it stays in its folder.
fn inside(name: &str) -> Option<String> {
    if name.starts_with(['/', '\\']) {
        return None;
    }
    let mut parts = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/")).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_their_folder() {
        for (name, found) in [
            ("logo.png", Some("logo.png")),
            ("./a//b.png", Some("a/b.png")),
            ("a/../b.png", Some("b.png")),
            ("../b.png", None),
            ("a/../../b.png", None),
            ("/etc/passwd", None),
            ("\\\\share\\x", None),
            (".", None),
            ("", None),
        ] {
            assert_eq!(inside(name).as_deref(), found, "{name}");
        }
    }
}
