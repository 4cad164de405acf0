//! Slack's errors, as data. <https://docs.slack.dev/reference/methods/>

/// What becomes of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    /// It was not done; later it may be.
    Again,
    /// It may have been done all the same.
    Unsure,
    /// It will never be done, and the message that was to be changed is no
    /// longer ours to change.
    Gone,
    /// It will never be done.
    Never,
}

/// What Slack's errors mean, and what to do about them.
pub(crate) const ERRORS: &[(&[&str], Sort, &str)] = &[
    (
        &[
            "ratelimited",
            "rate_limited",
            "message_limit_exceeded",
            "team_added_to_org",
            "org_login_required",
            "external_channel_migrating",
            "request_timeout",
            "service_unavailable",
            "update_failed",
            "streaming_state_conflict",
        ],
        Sort::Again,
        "",
    ),
    (
        // "It's possible some aspect of the operation succeeded."
        &["internal_error", "fatal_error", "rollup_error"],
        Sort::Unsure,
        "",
    ),
    (
        &[
            "message_not_found",
            "cant_update_message",
            "edit_window_closed",
        ],
        Sort::Gone,
        "it was deleted, or another app posted it",
    ),
    (
        &["cant_delete_message", "compliance_exports_prevent_deletion"],
        Sort::Never,
        "the workspace does not let the app delete it: delete it by hand, if it is in the way",
    ),
    (
        &[
            "invalid_auth",
            "not_authed",
            "account_inactive",
            "token_revoked",
            "token_expired",
            "invalid_token",
        ],
        Sort::Never,
        "put the app's present Bot User OAuth Token into the secret; no redeploy is needed",
    ),
    (
        &[
            "no_service",
            "no_service_id",
            "no_active_hooks",
            "no_team",
            "team_disabled",
        ],
        Sort::Never,
        "the webhook was removed: make a new one, and put its URL into the secret; no redeploy is \
         needed",
    ),
    (
        &["not_allowed_token_type"],
        Sort::Never,
        "put the app's Bot User OAuth Token, which begins with xoxb-, into the secret",
    ),
    (
        &["channel_not_found"],
        Sort::Never,
        "check the channel's name or id; if it is private, invite the app there: \
         `/invite @Greenlight`",
    ),
    (
        &["not_in_channel", "no_permission"],
        Sort::Never,
        "invite the app to the channel: `/invite @Greenlight`",
    ),
    (
        &["is_archived", "channel_is_archived", "is_inactive"],
        Sort::Never,
        "the channel is archived: unarchive it, or name another one",
    ),
    (
        &["missing_scope"],
        Sort::Never,
        "add the scope to the app under OAuth & Permissions, and install it again",
    ),
    (
        &[
            "restricted_action",
            "restricted_action_read_only_channel",
            "restricted_action_thread_only_channel",
            "restricted_action_non_threadable_channel",
            "restricted_action_thread_locked",
            "action_prohibited",
            "posting_to_general_channel_denied",
            "ekm_access_denied",
            "access_denied",
        ],
        Sort::Never,
        "the workspace's or the channel's settings forbid it: name another channel, or ask an \
         administrator",
    ),
    (
        &[
            "accesslimited",
            "team_access_not_granted",
            "two_factor_setup_required",
        ],
        Sort::Never,
        "the workspace's settings keep the app out: ask an administrator",
    ),
    (
        &["team_not_found"],
        Sort::Never,
        "the app is installed for a whole organization: name the channel by its id",
    ),
    (
        &["messages_tab_disabled"],
        Sort::Never,
        "turn the Messages Tab on under App Home, or name a channel",
    ),
    (
        &[
            "thread_not_found",
            "cannot_reply_to_message",
            "invalid_thread_ts",
        ],
        Sort::Never,
        "the message that it belongs under was deleted",
    ),
    (
        &[
            "invalid_blocks",
            "invalid_blocks_format",
            "invalid_attachments",
            "invalid_payload",
            "invalid_arguments",
            "msg_too_long",
            "msg_blocks_too_long",
            "no_text",
            "too_many_attachments",
            "attachment_payload_limit_exceeded",
            "metadata_too_large",
            "invalid_metadata_format",
            "invalid_metadata_schema",
        ],
        Sort::Never,
        "Slack does not take this content: please report it as an error of Greenlight's",
    ),
    (
        &["method_deprecated", "deprecated_endpoint", "unknown_method"],
        Sort::Never,
        "Slack no longer has this method: upgrade Greenlight",
    ),
];

/// What says that a credential is no good, or no longer.
pub(crate) const CREDENTIAL: &[&str] = &[
    "invalid_auth",
    "not_authed",
    "account_inactive",
    "token_revoked",
    "token_expired",
    "invalid_token",
    "no_service",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_is_in_one_row() {
        let mut all: Vec<&str> = ERRORS
            .iter()
            .flat_map(|(codes, ..)| *codes)
            .copied()
            .collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        for (codes, sort, remedy) in ERRORS {
            if matches!(sort, Sort::Never | Sort::Gone) {
                assert!(!remedy.is_empty(), "{codes:?}");
            }
        }
        for code in CREDENTIAL {
            assert!(all.contains(code), "{code}");
        }
    }
}
