//! The files that tests name: bodies, parts of forms, certificates.

use std::{
    path::{Component, Path, PathBuf},
    pin::Pin,
};

use smoke::Files;

/// Reads files beside each test, or below one folder for all.
#[derive(Debug)]
pub(super) struct Beside {
    /// The folder for all.
    pub(super) root: Option<PathBuf>,
}

impl Files for Beside {
    fn read<'a>(
        &'a self,
        test: &'a str,
        name: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, String>> + Send + 'a>> {
        Box::pin(async move {
            let root = match &self.root {
                Some(root) => root.as_path(),
                None => Path::new(test).parent().unwrap_or(Path::new("")),
            };
            let path = root.join(name);
            if !is_below(&path, root) {
                return Err(format!(
                    "{} is not below {}; --file-root DIR names another folder",
                    path.display(),
                    shown(root)
                ));
            }
            let read = tokio::fs::read(&path).await;
            read.map_err(|error| format!("{}: {error}", path.display()))
        })
    }
}

fn shown(root: &Path) -> String {
    match root.as_os_str().is_empty() {
        true => "this folder".to_owned(),
        false => root.display().to_string(),
    }
}

/// Whether a path leads to something in a folder, by its name alone: a link in
/// it may lead elsewhere.
fn is_below(path: &Path, folder: &Path) -> bool {
    let Ok(here) = std::env::current_dir() else {
        return false;
    };
    plain(&here.join(path)).starts_with(plain(&here.join(folder)))
}

/// A path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_places() {
        for (root, name, below) in [
            ("", "logo.png", true),
            ("smoke", "logo.png", true),
            ("smoke", "a/../logo.png", true),
            ("smoke", "../smoke/logo.png", true),
            ("./smoke", "logo.png", true),
            ("smoke", "../logo.png", false),
            ("smoke", "../smoke-2/logo.png", false),
            ("smoke", "/etc/passwd", false),
            ("", "../x", false),
            ("/a/b", "/a/b/c", true),
            ("/a/b", "/a/b/../c", false),
        ] {
            let root = Path::new(root);
            assert_eq!(is_below(&root.join(name), root), below, "{root:?} {name}");
        }
    }
}
