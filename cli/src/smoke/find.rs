//! Which files are run: those that are named, those below a folder, those that
//! a pattern matches.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use plan::Glob;
use smoke::Found;

use crate::input::InputError;

/// Finds and reads files, in the order of `named` and each folder's in that of
/// their names; none of them twice.
///
/// # Errors
/// Something named is not there or can't be read, or it leads to no file: then
/// where was looked.
pub(super) fn files(named: &[PathBuf]) -> Result<Vec<Found>, InputError> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for name in named {
        let found = find(name)?;
        if found.is_empty() {
            return Err(InputError::new(format!(
                "there is nothing to run: {}",
                nothing(name)
            )));
        }
        for path in found {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
    }
    paths
        .into_iter()
        .map(|path| {
            let bytes = fs::read(&path).map_err(|error| wrong(&path, &error))?;
            Ok(Found {
                name: shown(&path),
                bytes,
            })
        })
        .collect()
}

/// The paths of all files that `name` leads to, sorted where it is no file.
fn find(name: &Path) -> Result<Vec<PathBuf>, InputError> {
    match fs::metadata(name) {
        Ok(found) if found.is_dir() => below(name, &|path| {
            path.extension()
                .is_some_and(|extension| extension == "hurl")
        }),
        Ok(_) => Ok(vec![clean(name)]),
        Err(error) => {
            // A file may be called [a].hurl, so a pattern is what is no file.
            let text = name.to_str().filter(|text| Glob::is_one(text));
            let Some(glob) = text.map(Glob::new) else {
                return Err(wrong(name, &error));
            };
            let folder = clean(Path::new(&glob.folder()));
            match fs::metadata(&folder) {
                Ok(found) if found.is_dir() => {}
                // A folder that isn't there has no files in it.
                _ if folder.as_os_str().is_empty() => {}
                _ => return Ok(vec![]),
            }
            below(&folder, &|path| {
                path.to_str()
                    .is_some_and(|path| glob.matches(&path.replace('\\', "/")))
            })
        }
    }
}

/// The files below a folder that are wanted. Folders whose names begin with a
/// dot are no place for tests, and links to folders may lead in circles.
pub(crate) fn below(
    folder: &Path,
    wanted: &dyn Fn(&Path) -> bool,
) -> Result<Vec<PathBuf>, InputError> {
    let mut found = Vec::new();
    let mut folders = vec![clean(folder)];
    while let Some(folder) = folders.pop() {
        let here = match folder.as_os_str().is_empty() {
            true => Path::new("."),
            false => folder.as_path(),
        };
        let failed = |error: io::Error| wrong(here, &error);
        for entry in fs::read_dir(here).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let path = folder.join(entry.file_name());
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            if entry.file_type().map_err(failed)?.is_dir() {
                if !hidden {
                    folders.push(path);
                }
            } else if wanted(&path) && path.is_file() {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Why nothing was found.
fn nothing(name: &Path) -> String {
    match fs::metadata(name) {
        Ok(_) => format!("no *.hurl below {}", name.display()),
        Err(_) => format!("no file matches {}", name.display()),
    }
}

/// Without `./` in front, so that a file has one name.
pub(crate) fn clean(path: &Path) -> PathBuf {
    path.components()
        .filter(|part| !matches!(part, std::path::Component::CurDir))
        .collect()
}

fn shown(path: &Path) -> String {
    path.display().to_string().replace('\\', "/")
}

fn wrong(path: &Path, error: &io::Error) -> InputError {
    InputError::new(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path, named: &str) -> Result<Vec<String>, String> {
        let found = files(&[folder.join(named)]).map_err(|error| error.to_string())?;
        let root = shown(folder) + "/";
        Ok(found
            .into_iter()
            .map(|file| file.name.replace(&root, ""))
            .collect())
    }

    #[test]
    fn a_table_of_what_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        for name in [
            "a.hurl",
            "smoke/b.hurl",
            "smoke/c.hurl",
            "smoke/deep/d.hurl",
            "smoke/logo.png",
            "smoke/.cache/e.hurl",
            "[f].hurl",
        ] {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
        fs::create_dir(folder.join("empty")).unwrap();
        for (named, found) in [
            ("a.hurl", vec!["a.hurl"]),
            ("./a.hurl", vec!["a.hurl"]),
            ("[f].hurl", vec!["[f].hurl"]),
            ("smoke/logo.png", vec!["smoke/logo.png"]),
            (
                "smoke",
                vec!["smoke/b.hurl", "smoke/c.hurl", "smoke/deep/d.hurl"],
            ),
            (
                "smoke/",
                vec!["smoke/b.hurl", "smoke/c.hurl", "smoke/deep/d.hurl"],
            ),
            ("smoke/*.hurl", vec!["smoke/b.hurl", "smoke/c.hurl"]),
            ("smoke/[c-x].hurl", vec!["smoke/c.hurl"]),
            ("*/b.*", vec!["smoke/b.hurl"]),
            (
                "smoke/**/*.hurl",
                vec!["smoke/b.hurl", "smoke/c.hurl", "smoke/deep/d.hurl"],
            ),
        ] {
            assert_eq!(names(folder, named).unwrap(), found, "{named}");
        }
        for (named, why) in [
            ("nowhere.hurl", "nowhere.hurl: No such file"),
            ("empty", "there is nothing to run: no *.hurl below "),
            (
                "nowhere/*.hurl",
                "there is nothing to run: no file matches ",
            ),
            ("smoke/*.hurt", "there is nothing to run: no file matches "),
        ] {
            let error = names(folder, named).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn a_file_is_run_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.hurl");
        fs::write(&path, "").unwrap();
        let named = [path.clone(), folder.path().to_owned(), path];
        assert_eq!(files(&named).unwrap().len(), 1);
    }
}
