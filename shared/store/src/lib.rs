//! Where files of an application are kept: S3, or a folder on this machine.
//! One way to name a file, one way to read it, whichever it is.

mod location;
mod plans;
mod read;

pub use location::{Location, LocationError};
pub use plans::{FoundPlan, Plans, PlansError, Wanted};
pub use read::{Access, Store, StoreError};
