//! Files at the same time.

use smoke::{
    Ending::{Errored, Passed},
    Found, Listener, News, Suite,
};

use crate::{server::Server, support::Setup};

#[tokio::test]
async fn as_many_files_as_asked_run_at_the_same_time() {
    let server = Server::start().await;
    let setup = Setup::new(&server.url()).jobs(2);
    let text = "GET {{base_url}}/pair\nHTTP 200\n";
    let names = ["a", "b", "c", "d", "e", "f"];
    let files: Vec<_> = names.iter().map(|name| (*name, text)).collect();
    let report = setup.all(&files).await;
    // Nobody passes alone, and never were there three.
    assert!(
        report.files.iter().all(|f| f.ending == Passed),
        "{report:?}"
    );
    assert_eq!(server.most(), 2);
    let order: Vec<_> = report.files.iter().map(|f| f.file.as_str()).collect();
    assert_eq!(order, names);
}

#[tokio::test]
async fn no_jobs_are_one() {
    let server = Server::start().await;
    let setup = Setup::new(&server.url()).jobs(0);
    let report = setup
        .all(&[
            ("a", "GET {{base_url}}/ok\nHTTP 200\n"),
            ("b", "GET {{base_url}}/ok\nHTTP 200\n"),
        ])
        .await;
    assert!(
        report.files.iter().all(|f| f.ending == Passed),
        "{report:?}"
    );
}

/// Panics when one file is about to be sent.
struct Fragile;

impl Listener for Fragile {
    fn hear(&self, news: News<'_>) {
        if let News::Attempt {
            file: "bad.hurl",
            entry: 2,
            ..
        } = news
        {
            panic!("it fell down");
        }
    }
}

#[tokio::test]
async fn a_panic_ends_its_own_file_alone() {
    let server = Server::start().await;
    let setup = Setup::new(&server.url());
    let entry = "GET {{base_url}}/ok\nHTTP 200\n";
    let file = |name: &str, entries: usize| Found {
        name: name.to_owned(),
        bytes: entry.repeat(entries).into_bytes(),
    };
    let suite = Suite::read(vec![file("bad.hurl", 3), file("good.hurl", 3)]).unwrap();
    let report = smoke::run(&suite, setup.settings(&Fragile)).await;
    let [bad, good] = report.files.as_slice() else {
        panic!("{report:?}")
    };
    assert_eq!(good.ending, Passed);
    assert_eq!(bad.ending, Errored);
    assert_eq!(bad.entries.len(), 3);
    assert_eq!(bad.entries[0].ending, Passed);
    assert!(
        bad.entries[1].failures[0].actual.contains("it fell down"),
        "{bad:?}"
    );
}
