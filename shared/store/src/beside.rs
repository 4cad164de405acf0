//! The files beside a plan that patterns match.

use std::collections::BTreeSet;

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use plan::Glob;

use crate::{Location, Plans, PlansError, list::MAX_FILE, plans::locate};

/// So many files are read at the same time.
const AT_ONCE: usize = 16;

/// A file beside a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name, relative to the plan's folder.
    pub name: String,
    /// What is in it.
    pub bytes: Bytes,
}

impl Plans {
    /// Reads the files beside a plan that any of these patterns matches, each
    /// once, in the order of their names. Each pattern must match one.
    ///
    /// # Errors
    /// When that can't be known, or a file can't be read; and
    /// [`PlansError::NoneFound`].
    pub async fn beside_all(
        &self,
        plan: &Location,
        globs: &[Glob],
    ) -> Result<Vec<File>, PlansError> {
        let folder = plan.folder();
        let mut names = BTreeSet::new();
        for base in bases(globs) {
            let place = match base.as_str() {
                "" => folder.clone(),
                base => locate(&format!("{plan} names {base:?}"), folder.join(base))?,
            };
            let full = |name: &str| match base.as_str() {
                "" => name.to_owned(),
                base => format!("{base}/{name}"),
            };
            let wanted = |name: &str| globs.iter().any(|glob| glob.matches(&full(name)));
            let found = self.store.list(&place, wanted).await?;
            names.extend(found.iter().map(|name| full(name)));
        }
        let unmatched = |glob: &&Glob| !names.iter().any(|name| glob.matches(name));
        let unmatched: Vec<String> = globs
            .iter()
            .filter(unmatched)
            .map(Glob::to_string)
            .collect();
        if !unmatched.is_empty() {
            return Err(PlansError::NoneFound {
                globs: unmatched,
                folder: format!("{}/", folder.to_string().trim_end_matches('/')),
            });
        }
        let files = stream::iter(names).map(|name| async move {
            match self.beside(plan, &name, MAX_FILE).await? {
                Some(bytes) => Ok(File { name, bytes }),
                // It was listed a moment ago.
                None => Err(PlansError::NoFile {
                    plan: plan.clone(),
                    name,
                }),
            }
        });
        files.buffered(AT_ONCE).try_collect().await
    }
}

/// The folders to look through: those of the patterns, without what is below
/// another one.
fn bases(globs: &[Glob]) -> BTreeSet<String> {
    let all: BTreeSet<String> = globs.iter().map(Glob::folder).collect();
    let below = |base: &String, other: &String| {
        other != base && (other.is_empty() || base.starts_with(&format!("{other}/")))
    };
    let top = |base: &&String| !all.iter().any(|other| below(base, other));
    all.iter().filter(top).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;

    fn globs(texts: &[&str]) -> Vec<Glob> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn a_table_of_folders_to_look_through() {
        for (texts, folders) in [
            (&["*.hurl"][..], &[""][..]),
            (&["smoke/*.hurl"], &["smoke"]),
            (&["smoke/*.hurl", "smoke/deep/**/x.hurl"], &["smoke"]),
            (&["smoke/*.hurl", "smoker/*.hurl"], &["smoke", "smoker"]),
            (&["a/b/c.hurl", "login.hurl"], &[""]),
        ] {
            let found: Vec<String> = bases(&globs(texts)).into_iter().collect();
            assert_eq!(found, folders, "{texts:?}");
        }
    }

    async fn found(folder: &std::path::Path, texts: &[&str]) -> Result<Vec<String>, String> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let plans = Plans::new(Store::new(None, reqwest::Client::new()), None);
        let plan = Location::File(folder.join("greenlight.yaml"));
        let found = plans.beside_all(&plan, &globs(texts)).await;
        let names = |files: Vec<File>| files.into_iter().map(|file| file.name).collect();
        found.map(names).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn each_pattern_finds_and_each_file_is_there_once() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        for name in [
            "greenlight.yaml",
            "z.hurl",
            "smoke/b.hurl",
            "smoke/a.hurl",
            "smoke/deep/c.hurl",
        ] {
            std::fs::create_dir_all(folder.join(name).parent().unwrap()).unwrap();
            std::fs::write(folder.join(name), name).unwrap();
        }
        let shallow = ["smoke/a.hurl", "smoke/b.hurl"];
        assert_eq!(found(folder, &["smoke/*.hurl"]).await.unwrap(), shallow);
        assert_eq!(
            found(folder, &["smoke/a.*", "smoke/**/*.hurl", "z.hurl"])
                .await
                .unwrap(),
            [
                "smoke/a.hurl",
                "smoke/b.hurl",
                "smoke/deep/c.hurl",
                "z.hurl"
            ]
        );
        let error = found(folder, &["smoke/*.hurl", "tests/*.hurl", "x.hurl"])
            .await
            .unwrap_err();
        let place = folder.display();
        assert_eq!(
            error,
            format!("no file matches tests/*.hurl or x.hurl in {place}/")
        );
    }
}
