//! Where a plan is looked for: what a container's label says, or the usual key.

use wording::quoted;

/// The docker label of a container in green's task definition that names the
/// plan, as an `s3://` URL.
pub const LABEL: &str = "greenlight.plan";

/// The key of a plan below the place of all plans, where no label names one.
pub fn default_key(application: &str, group: &str) -> String {
    format!("{application}/{group}/greenlight.yaml")
}

/// Two containers name different plans.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "containers {} and {} have different labels {LABEL}, {} and {}; give the label to one of them, or the same to both",
    quoted(&.one.0), quoted(&.other.0), quoted(&.one.1), quoted(&.other.1)
)]
pub struct LabelError {
    /// A container's name and its label.
    one: (String, String),
    /// Another container's name and its label.
    other: (String, String),
}

/// The plan that the containers' labels name, if any container has the label
/// [`LABEL`]: pairs of a container's name and its label.
///
/// # Errors
///
/// If two containers name different plans.
pub fn labelled<'a>(
    labels: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<Option<&'a str>, LabelError> {
    let owned = |(container, label): (&str, &str)| (container.to_owned(), label.to_owned());
    let mut labels = labels.into_iter();
    let Some(one) = labels.next() else {
        return Ok(None);
    };
    match labels.find(|other| other.1 != one.1) {
        None => Ok(Some(one.1)),
        Some(other) => Err(LabelError {
            one: owned(one),
            other: owned(other),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_key() {
        assert_eq!(
            default_key("shop", "shop-prod"),
            "shop/shop-prod/greenlight.yaml"
        );
    }

    #[test]
    fn a_table_of_labels() {
        let s3 = "s3://plans/shop/greenlight.yaml";
        assert_eq!(labelled([]), Ok(None));
        assert_eq!(labelled([("app", s3)]), Ok(Some(s3)));
        assert_eq!(labelled([("app", s3), ("proxy", s3)]), Ok(Some(s3)));
        let error = labelled([("app", s3), ("log", s3), ("proxy", "s3://plans/b")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "containers \"app\" and \"proxy\" have different labels greenlight.plan, \"s3://plans/shop/greenlight.yaml\" and \"s3://plans/b\"; give the label to one of them, or the same to both"
        );
    }
}
