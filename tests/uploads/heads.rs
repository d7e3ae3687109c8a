//! The sum of a film is reckoned while its parts come, and is of what was acknowledged whatever happens between.

use reqwest::Body;
use serde_json::json;

use super::{begun, cut, draft, film, finish, part, sha256, under_way};
use crate::support::{IN_BOZHOU_WINDOW, TestApp, json_of};

#[tokio::test]
async fn a_part_that_was_begun_with_other_bytes_leaves_no_trace() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let (owner, _, film, path) = under_way(&t).await;
    for number in [1, 2, 3] {
        // all of it comes, but not its end; then too little, which is refused
        let pieces = vec![
            Ok(vec![7; cut(&film, number).len() - 1]),
            Err(std::io::Error::other("the tunnel")),
        ];
        let cut_off = Body::wrap_stream(futures_util::stream::iter(pieces));
        assert!(
            part(&t, &owner, &path, number, cut_off)
                .send()
                .await
                .is_err()
        );
        json_of(part(&t, &owner, &path, number, vec![8; 9]), 422).await;
        json_of(part(&t, &owner, &path, number, cut(&film, number)), 200).await;
    }
    let file = json_of(finish(&t, &owner, &path), 200).await;
    assert_eq!(file["sha256"], sha256(&film));
}

#[tokio::test]
async fn every_order_and_a_process_that_knows_half_give_the_same_sum() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let other = t.beside(|_| {}).await;
    let owner = t.applicant("owner").await;
    let id = draft(&t, &owner).await;
    let film = film();
    for order in [[1, 2, 3], [1, 3, 2], [2, 1, 3], [3, 2, 1]] {
        // the film's last byte tells the files apart
        let mut film = film.clone();
        let last = film.len() - 1;
        film[last] = u8::try_from(order[0] * 3 + order[1]).unwrap();
        for elsewhere in [None, Some(order[1])] {
            let path = begun(&t, &owner, &id, film.len()).await;
            for number in order {
                let at = if elsewhere == Some(number) {
                    &other
                } else {
                    &t
                };
                json_of(part(at, &owner, &path, number, cut(&film, number)), 200).await;
            }
            if elsewhere.is_none() {
                // a wrong sum is told, and what is right is taken after that
                let wrong = json!({ "sha256": sha256(b"another") });
                let told = json_of(t.post(&format!("{path}/finish"), &owner, &wrong), 422).await;
                assert_eq!(told["code"], "file_differs");
            }
            let file = json_of(finish(&t, &owner, &path), 200).await;
            assert_eq!(file["sha256"], sha256(&film));
            let file = format!(
                "/api/v1/entries/{id}/evidence/{}",
                file["id"].as_str().unwrap()
            );
            let gone = t
                .client
                .delete(format!("{}{file}", t.base))
                .bearer_auth(&owner);
            json_of(gone, 200).await;
        }
    }
}
