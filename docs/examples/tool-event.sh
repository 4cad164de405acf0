# shellcheck shell=bash
# Tells Greenlight of a script's run: that it began, each of its steps, and how
# it ended, also when it is stopped. Needs the AWS CLI and jq.
#
#   set -euo pipefail
#   . ./tool-event.sh
#   greenlight_begin nightly-import "$(date -u +%Y%m%dT%H%M%SZ)"
#   greenlight_step download ./download --all
#   greenlight_step import ./import "$file"
#
# What else may be in the environment: GREENLIGHT_SOURCE, GREENLIGHT_EVENT_BUS,
# GREENLIGHT_URL, GREENLIGHT_COMMIT, GREENLIGHT_BRANCH, GREENLIGHT_AUTHOR,
# GREENLIGHT_PIPELINE, GREENLIGHT_EXECUTION.

# greenlight_begin SUBJECT RUN: the run begins; the shell's end is its end.
greenlight_begin() {
    GREENLIGHT_SUBJECT=$1 GREENLIGHT_RUN=$2 GREENLIGHT_STEP=
    greenlight_tell STARTED
    trap 'greenlight_end $?' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

# greenlight_step NAME COMMAND...: a step of the run. What the command answers
# is the answer.
greenlight_step() {
    local name=$1 status=0
    shift
    GREENLIGHT_STEP=$name
    greenlight_tell STARTED "$name"
    # A function that is called here goes on after a command that fails, as
    # bash has it with any function before "||".
    "$@" || status=$?
    if ((status)); then
        greenlight_tell FAILED "$name" "$1 ended with status $status"
        return "$status"
    fi
    GREENLIGHT_STEP=
    greenlight_tell SUCCEEDED "$name"
}

# Called when the shell ends, with its status.
greenlight_end() {
    case $1 in
        0) greenlight_tell SUCCEEDED ;;
        129 | 130 | 143) greenlight_tell STOPPED "" "stopped by a signal" ;;
        *) greenlight_tell FAILED "" "status $1${GREENLIGHT_STEP:+ in $GREENLIGHT_STEP}" ;;
    esac
}

# greenlight_tell STATE [STEP] [MESSAGE]: puts an event on the bus. What goes
# wrong with that is said and stops nothing.
greenlight_tell() {
    local entries refused
    # Every value is an argument of jq, so none of them can break the JSON.
    entries=$(jq --null-input --compact-output \
        --arg source "${GREENLIGHT_SOURCE:-shell}" \
        --arg bus "${GREENLIGHT_EVENT_BUS:-default}" \
        --arg subject "$GREENLIGHT_SUBJECT" \
        --arg run "$GREENLIGHT_RUN" \
        --arg state "$1" \
        --arg step "${2:-}" \
        --arg message "${3:-}" \
        --arg url "${GREENLIGHT_URL:-}" \
        --arg commit "${GREENLIGHT_COMMIT:-}" \
        --arg branch "${GREENLIGHT_BRANCH:-}" \
        --arg author "${GREENLIGHT_AUTHOR:-}" \
        --arg pipeline "${GREENLIGHT_PIPELINE:-}" \
        --arg execution "${GREENLIGHT_EXECUTION:-}" \
        '{$subject, $run, $state, $step, message: $message[:2000], $url, $commit,
            $branch, $author, $pipeline, $execution}
        | with_entries(select(.value != ""))
        | [{EventBusName: $bus, Source: $source,
            DetailType: "Greenlight Tool Event", Detail: tojson}]') || return 0
    # The command succeeds although an entry was refused: it only counts them.
    refused=$(aws events put-events --entries "$entries" \
        --query FailedEntryCount --output text) || refused=1
    if [[ $refused != 0 ]]; then
        echo "greenlight: EventBridge did not take the event: $1 ${2:-}" >&2
    fi
    return 0
}
