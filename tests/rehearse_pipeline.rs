//! `greenlight rehearse` with the files of a real pipeline.

use std::path::Path;

use serde_json::Value;

use crate::command::run_in;

#[test]
fn the_files_of_a_real_pipeline_run_as_they_stand() {
    let files = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/fixtures/seed-pipeline"
    );
    let seed = |more: &str| {
        let mut args = vec![
            "rehearse",
            "--appspec",
            "appspec.yml",
            "--taskdef",
            "taskdef.json",
        ];
        args.extend(more.split_whitespace());
        run_in(Path::new(files), &args)
    };
    let notes = [
        "note: appspec.yml:7:25: it names revision 1 whatever was built",
        "note: appspec.yml:7:25: account \"65xxxxxxxxxx\" is no account id",
        "note: appspec.yml:14:23: \"subnet-0xxxxxxxxxx\" is no id of AWS's",
        "note: appspec.yml:15:30: \"sg-0xxxxxxxxxx\" is no id of AWS's",
        "note: taskdef.json:6:16: image",
        "note: taskdef.json:52:11: curl without --fail succeeds on a 500 too",
        "note: taskdef.json:78:22: it names no cpuArchitecture",
        "note: appspec.yml:9:26: the container test-api-server does not exist in the task definition taskdef.json, which has aws-cicd-test-api; a stand-in",
    ];
    let no_hooks = "note: appspec.yml: it has no Hooks";
    let as_they_stand = seed("").ended(0).says(&notes);
    as_they_stand
        .says(&[no_hooks, "BeforeAllowTraffic     no hook", "green serves."])
        .never_says(&["verdict"]);
    let gated = seed("--hook BeforeAllowTraffic=before-allow-traffic").ended(0);
    gated
        .says(&notes)
        .says_in_order(&[
            "calls before-allow-traffic",
            "verdict Passed",
            "the hook reports Succeeded",
            "green serves.",
        ])
        .never_says(&[no_hooks]);
    let document = seed("--json").ended(0).document();
    assert_eq!(document["notes"].as_array().unwrap().len(), 10);
    assert_eq!(document["hooks"], Value::Array(vec![]));
}
