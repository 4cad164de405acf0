//! Where files of an application are kept: S3, or a folder on this machine.
//! One way to name a file, one way to read it, whichever it is.

mod beside;
mod list;
mod location;
mod plans;
mod read;
mod shelf;

pub use beside::File;
pub use list::{MAX_FILE, MAX_FILES, MAX_LOOKED_AT, MAX_TOGETHER};
pub use location::{Location, LocationError};
pub use plans::{FoundPlan, Plans, PlansError, Wanted};
pub use read::{Access, Store, StoreError};
pub use shelf::{Edition, Put, Shelf};
