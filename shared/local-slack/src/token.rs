/// A bot token, as the app's installation gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its text.
    pub secret: String,
    /// The bot that it speaks for. A rotated token speaks for the same one; a
    /// message can only be changed by the bot that posted it.
    pub bot: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// Whether it is still good.
    pub standing: Standing,
}

/// Whether a token is still good.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Standing {
    /// It is.
    #[default]
    Good,
    /// `token_revoked`
    Revoked,
    /// `token_expired`
    Expired,
    /// `account_inactive`
    Inactive,
}

/// What an app needs that posts, updates, and looks its messages up.
const SCOPES: &[&str] = &[
    "chat:write",
    "channels:history",
    "channels:read",
    "groups:history",
    "groups:read",
];

impl Token {
    /// A good token with all scopes that are needed.
    pub fn new(secret: &str) -> Token {
        Token {
            secret: secret.to_owned(),
            bot: "U0LOCALBOT".to_owned(),
            scopes: SCOPES.iter().map(|scope| (*scope).to_owned()).collect(),
            standing: Standing::Good,
        }
    }

    /// The same without some scopes.
    #[must_use]
    pub fn without(mut self, scopes: &[&str]) -> Token {
        self.scopes
            .retain(|scope| !scopes.contains(&scope.as_str()));
        self
    }

    /// The error of a token that is no longer good.
    pub(crate) fn trouble(&self) -> Option<&'static str> {
        match self.standing {
            Standing::Good => None,
            Standing::Revoked => Some("token_revoked"),
            Standing::Expired => Some("token_expired"),
            Standing::Inactive => Some("account_inactive"),
        }
    }
}
