use std::collections::BTreeMap;

use bytes::Bytes;
use plan::{LABEL, Plan};

use crate::{Location, LocationError, Store, StoreError};

/// Finds the plan of a deployment, and the files beside it.
#[derive(Debug, Clone)]
pub struct Plans {
    pub(crate) store: Store,
    root: Option<Location>,
}

/// Whose plan is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// CodeDeploy's application, or the cluster.
    pub application: &'a str,
    /// CodeDeploy's deployment group, or the service.
    pub group: &'a str,
    /// The docker labels of the containers, by the container's name.
    pub labels: &'a [(&'a str, &'a BTreeMap<String, String>)],
}

/// A plan, and where it was found.
#[derive(Debug, Clone)]
pub struct FoundPlan {
    /// The plan.
    pub plan: Plan,
    /// Its place.
    pub location: Location,
}

/// Why a plan can't be used. No plan at all is no error.
#[derive(Debug, thiserror::Error)]
pub enum PlansError {
    /// The containers' labels name no one place.
    #[error(transparent)]
    Label(#[from] plan::LabelError),
    /// What names a place names none.
    #[error("{what}: {error}")]
    Location {
        /// What names it.
        what: String,
        /// Why it names none.
        error: LocationError,
    },
    /// A file could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The folder of all plans isn't there.
    #[error("there is no folder {0} for plans")]
    NoFolder(Location),
    /// A label names a plan that isn't there.
    #[error("label {LABEL} names {0}, and there is no such file; upload it, or remove the label")]
    Missing(Location),
    /// The plan names a file that isn't there.
    #[error("{plan} names {name:?}, and there is no such file; upload it beside the plan")]
    NoFile {
        /// The plan.
        plan: Location,
        /// The file.
        name: String,
    },
    /// Patterns in the plan match no file.
    #[error("no file matches {} in {folder}", .globs.join(" or "))]
    NoneFound {
        /// The patterns.
        globs: Vec<String>,
        /// Where was looked.
        folder: String,
    },
    /// The plan has mistakes.
    #[error(transparent)]
    Plan(#[from] plan::PlanError),
}

impl Plans {
    /// Plans below `root`, and wherever a label says.
    pub fn new(store: Store, root: Option<Location>) -> Self {
        Self { store, root }
    }

    /// Where the plan of an application and a deployment group is looked for,
    /// unless a label says where. None: nowhere.
    pub fn usual(&self, application: &str, group: &str) -> Option<Location> {
        let key = plan::default_key(application, group);
        self.root.as_ref()?.join(&key).ok()
    }

    /// Finds a plan: where a container's label says, else below the root.
    ///
    /// # Errors
    /// When there is a plan, or may be one, that can't be used.
    pub async fn find(&self, wanted: Wanted<'_>) -> Result<Option<FoundPlan>, PlansError> {
        let labels = wanted
            .labels
            .iter()
            .filter_map(|(container, labels)| Some((*container, labels.get(LABEL)?.as_str())));
        let (location, must) = match (plan::labelled(labels)?, &self.root) {
            (Some(label), _) => {
                let place = label.parse().and_then(Location::file);
                (locate(&format!("label {LABEL}"), place)?, true)
            }
            (None, Some(root)) => {
                if let Location::File(folder) = root
                    && !folder.is_dir()
                {
                    return Err(PlansError::NoFolder(root.clone()));
                }
                let key = plan::default_key(wanted.application, wanted.group);
                (locate("the plan's place", root.join(&key))?, false)
            }
            (None, None) => return Ok(None),
        };
        let most = u64::try_from(plan::MAX_BYTES).unwrap_or(u64::MAX);
        let Some(bytes) = self.store.read(&location, most).await? else {
            return match must {
                true => Err(PlansError::Missing(location)),
                false => Ok(None),
            };
        };
        let plan = Plan::parse_bytes(&bytes, &location.to_string())?;
        Ok(Some(FoundPlan { plan, location }))
    }

    /// Reads a file that a plan names, from beside the plan. None: it isn't there.
    ///
    /// # Errors
    /// When it can't be read.
    pub async fn beside(
        &self,
        plan: &Location,
        name: &str,
        most: u64,
    ) -> Result<Option<Bytes>, PlansError> {
        let location = locate(&format!("{plan} names {name:?}"), plan.beside(name))?;
        Ok(self.store.read(&location, most).await?)
    }
}

pub(crate) fn locate(
    what: &str,
    found: Result<Location, LocationError>,
) -> Result<Location, PlansError> {
    found.map_err(|error| PlansError::Location {
        what: what.to_owned(),
        error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = "version: 1\nbefore-allow-traffic:\n  probes:\n    - tcp: 8080\n";

    struct Folder {
        folder: tempfile::TempDir,
        plans: Plans,
    }

    fn folder() -> Folder {
        // No provider of TLS is needed for files, but the client wants one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let root = Location::File(folder.path().to_owned());
        let plans = Plans::new(Store::new(None, reqwest::Client::new()), Some(root));
        Folder { folder, plans }
    }

    impl Folder {
        fn write(&self, name: &str, text: &str) -> String {
            let path = self.folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
            format!("file://{}", path.display())
        }

        async fn find(&self, label: Option<&str>) -> Result<Option<FoundPlan>, PlansError> {
            let labels: BTreeMap<_, _> = label
                .map(|label| (LABEL.to_owned(), label.to_owned()))
                .into_iter()
                .collect();
            let labels = [("shop", &labels)];
            let wanted = Wanted {
                application: "shop",
                group: "live",
                labels: &labels,
            };
            self.plans.find(wanted).await
        }
    }

    #[tokio::test]
    async fn without_a_plan_there_is_none() {
        assert!(folder().find(None).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn the_label_goes_before_the_usual_place() {
        let folder = folder();
        folder.write("shop/live/greenlight.yaml", PLAN);
        let usual = folder.find(None).await.unwrap().unwrap();
        assert!(
            usual
                .location
                .to_string()
                .ends_with("/shop/live/greenlight.yaml")
        );
        let label = folder.write("elsewhere.yaml", PLAN);
        let labelled = folder.find(Some(&label)).await.unwrap().unwrap();
        assert!(labelled.location.to_string().ends_with("/elsewhere.yaml"));
    }

    #[tokio::test]
    async fn a_plan_that_should_be_there_is_missed() {
        let folder = folder();
        folder.write("shop/live/greenlight.yaml", PLAN);
        let gone = format!("file://{}/gone.yaml", folder.folder.path().display());
        let error = folder.find(Some(&gone)).await.unwrap_err();
        assert!(matches!(error, PlansError::Missing(_)), "{error}");
        let error = folder.find(Some("gone.yaml")).await.unwrap_err();
        assert!(matches!(error, PlansError::Location { .. }), "{error}");
    }

    #[tokio::test]
    async fn a_folder_of_plans_that_is_not_there_is_no_pass() {
        let folder = folder();
        std::fs::remove_dir(folder.folder.path()).unwrap();
        let error = folder.find(None).await.unwrap_err();
        assert!(matches!(error, PlansError::NoFolder(_)), "{error}");
    }

    #[tokio::test]
    async fn a_mistake_is_told_with_its_place() {
        let folder = folder();
        folder.write(
            "shop/live/greenlight.yaml",
            "version: 1\nbefore-allow-trafic: {}\n",
        );
        let error = folder.find(None).await.unwrap_err().to_string();
        assert!(error.contains("/greenlight.yaml:2:1: "), "{error}");
    }
}
