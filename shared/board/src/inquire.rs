use std::future::Future;

use card::{Card, Key, Part};
use story::{Finding, Subject};

/// What asks AWS for what events don't tell. It never fails: what it could not
/// have is told in what it answers.
pub trait Inquire: Send + Sync {
    /// Why something on a card failed.
    fn finding(&self, card: &Card, subject: &Subject) -> impl Future<Output = Finding> + Send;

    /// The card that a build, a deployment, an ECS deployment or an approval
    /// belongs to, where AWS knows it.
    fn parent(&self, key: &Key, card: &Card) -> impl Future<Output = Option<Key>> + Send;

    /// What does the work of an execution's running actions, where the events
    /// have not told yet: the parts that the actions' own events would make if
    /// they named the build or the deployment.
    fn works(&self, card: &Card) -> impl Future<Output = Vec<Part>> + Send;
}
