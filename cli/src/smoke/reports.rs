//! The files that a run leaves behind.

use std::{fs::File, io::Write as _, path::Path, path::PathBuf};

use crate::input::InputError;

/// A report's file, opened before anything runs, so that a path that can't be
/// written is known at once. It is gone again if nothing is written to it: no
/// report must not look like one of an earlier run.
#[derive(Debug)]
pub(super) struct ReportFile {
    path: PathBuf,
    file: File,
    written: bool,
}

impl ReportFile {
    /// Opens a file for what `option` asks for.
    pub(super) fn open(option: &str, path: &Path) -> Result<Self, InputError> {
        let file = File::create(path)
            .map_err(|error| InputError::new(format!("{option} {}: {error}", path.display())))?;
        Ok(Self {
            path: path.to_owned(),
            file,
            written: false,
        })
    }

    /// Writes all of it.
    pub(super) fn write(mut self, text: &str) -> Result<(), InputError> {
        self.written = true;
        self.file
            .write_all(text.as_bytes())
            .map_err(|error| InputError::new(format!("{}: {error}", self.path.display())))
    }
}

impl Drop for ReportFile {
    fn drop(&mut self) {
        // A device or a pipe is not ours to remove.
        let own = self.file.metadata().is_ok_and(|found| found.is_file());
        if !self.written && own {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
