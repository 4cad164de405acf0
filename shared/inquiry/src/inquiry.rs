use board::Inquire;
use card::{Card, Key, Part};
use story::{Finding, Subject};

use crate::{Clients, Limits, answers::Answers, clock::Clock};

/// Asks AWS for what events don't tell.
#[derive(Debug, Clone)]
pub struct Inquiry {
    pub(crate) clients: Clients,
    limits: Limits,
}

impl Inquiry {
    /// Asks through these clients, within the usual limits. The clients' own
    /// limits count no more.
    pub fn new(clients: Clients) -> Self {
        Self::within(clients, Limits::default())
    }

    /// Asks through these clients, within these limits.
    pub fn within(clients: Clients, limits: Limits) -> Self {
        Self {
            clients: clients.within(limits),
            limits,
        }
    }
}

impl Inquire for Inquiry {
    async fn finding(&self, card: &Card, subject: &Subject) -> Finding {
        let clock = Clock::start(self.limits);
        let answers = match subject {
            Subject::Action(stage, action, attempt) => {
                self.action(clock, card, (stage, action, *attempt)).await
            }
            Subject::Build(id) => self.build(clock, card, id).await,
            Subject::Deployment(id) => self.deployment(clock, card, id).await,
            Subject::EcsDeployment(id) => self.ecs_deployment(clock, card, id).await,
        };
        Answers::done(answers)
    }

    async fn parent(&self, key: &Key, card: &Card) -> Option<Key> {
        self.whose(Clock::start(self.limits), key, card).await
    }

    async fn works(&self, card: &Card) -> Vec<Part> {
        self.works_of(Clock::start(self.limits), card).await
    }
}
