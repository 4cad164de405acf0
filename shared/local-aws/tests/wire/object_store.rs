//! S3 through the client that the cards are stored with.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use greenlight_local_aws::LocalAws;
use object_store::{
    Error, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, PutPayload, UpdateVersion,
    aws::{AmazonS3, AmazonS3Builder},
    path::Path,
};
use world::ExampleOptions;

use crate::fleet::{TestFleet, start};

async fn cards() -> (LocalAws, TestFleet, AmazonS3) {
    // Another test may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (aws, fleet) = start(&ExampleOptions::default(), |setup| {
        setup.buckets.insert("cards".to_owned());
    })
    .await;
    let store = AmazonS3Builder::new()
        .with_bucket_name("cards")
        .with_region("eu-west-1")
        .with_access_key_id(greenlight_local_aws::ACCESS_KEY_ID)
        .with_secret_access_key(greenlight_local_aws::SECRET_ACCESS_KEY)
        .with_endpoint(aws.endpoint_url())
        .with_allow_http(true)
        .build()
        .expect("a client");
    (aws, fleet, store)
}

fn update(version: UpdateVersion) -> PutOptions {
    PutMode::Update(version).into()
}

#[tokio::test]
async fn a_card_is_made_once_and_updated_by_who_read_it_last() {
    let (_aws, _fleet, store) = cards().await;
    let key = Path::from("cards/shop/1.json");
    let put = async |text: &'static str, options: PutOptions| {
        store.put_opts(&key, PutPayload::from(text), options).await
    };
    let create = || PutOptions::from(PutMode::Create);
    let stale = UpdateVersion {
        e_tag: Some("\"5d41402abc4b2a76b9719d911017c592\"".to_owned()),
        version: None,
    };
    let nothing = put("0", update(stale)).await;
    assert!(
        matches!(
            &nothing,
            Err(Error::NotFound { .. } | Error::Precondition { .. })
        ),
        "{nothing:?}"
    );
    let first = put("1", create()).await.expect("it is new");
    assert_eq!(
        first.e_tag.as_deref(),
        Some("\"c4ca4238a0b923820dcc509a6f75849b\"")
    );
    assert!(matches!(
        put("2", create()).await,
        Err(Error::AlreadyExists { .. })
    ));
    let second = put("2", update(first.clone().into()))
        .await
        .expect("it is the last");
    assert!(matches!(
        put("3", update(first.into())).await,
        Err(Error::Precondition { .. })
    ));
    let got = store.get(&key).await.expect("it is there");
    assert_eq!(got.meta.e_tag, second.e_tag);
    assert_eq!(got.bytes().await.expect("a body"), "2");
    assert_eq!(store.head(&key).await.expect("it is there").size, 1);
    store.delete(&key).await.expect("to delete");
    assert!(matches!(
        store.head(&key).await,
        Err(Error::NotFound { .. })
    ));
    put("4", create()).await.expect("it is new again");
}

#[tokio::test]
async fn of_writers_that_race_none_is_lost() {
    let (aws, _fleet, store) = cards().await;
    let (store, key) = (&store, &Path::from("counter"));
    store.put(key, "".into()).await.expect("to write");
    // Each adds a letter, again and again until nobody else was quicker.
    let add = async |n: u32| {
        loop {
            let got = store.get(key).await.expect("it is there");
            let version = UpdateVersion {
                e_tag: got.meta.e_tag.clone(),
                version: got.meta.version.clone(),
            };
            let mut text = got.bytes().await.expect("a body").to_vec();
            text.push(b'a' + u8::try_from(n % 26).expect("a letter"));
            match store.put_opts(key, text.into(), update(version)).await {
                Ok(_) => return,
                Err(Error::Precondition { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
    };
    stream::iter(0..100)
        .map(add)
        .buffer_unordered(20)
        .collect::<()>()
        .await;
    let object = aws
        .read(|w| w.object("cards", "counter").cloned())
        .expect("it is there");
    assert_eq!((object.bytes.len(), object.version), (100, 101));
}

#[tokio::test]
async fn many_cards_are_listed() {
    let (_aws, _fleet, store) = cards().await;
    let store = &store;
    let put = async |n: u32| {
        let key = Path::from(format!("open/{n:04}"));
        store.put(&key, "{}".into()).await.expect("to write");
    };
    stream::iter(0..1100)
        .map(put)
        .buffer_unordered(20)
        .collect::<()>()
        .await;
    let keys = store.list(Some(&Path::from("open")));
    let keys: Vec<_> = keys
        .map_ok(|meta| meta.location)
        .try_collect()
        .await
        .expect("a listing");
    assert_eq!(keys.len(), 1100);
    assert!(keys.is_sorted());
}
