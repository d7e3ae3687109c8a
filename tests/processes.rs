//! Two processes of the service on one database, both asked at once.

use reqwest::Client;

use crate::durability::{Ledger, Site, apply, counties, sign_in};
use crate::support::database::{Folder, fresh};

/// Which of them is asked makes no difference, and nobody is told that the other was faster.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_take_entries_of_one_campaign_at_once() {
    let folder = Folder::new();
    let database = fresh(&folder).await;
    let site = Site { folder, database };
    let two = [site.start().await, site.start().await];
    let client = Client::new();
    let counties = counties(&client, &two[0].base).await;
    let ledger = Ledger::default();
    let mut applicants = Vec::new();
    for i in 0..9 {
        // signed in at one, served by the other
        let token = sign_in(&client, &two[i % 2].base, &format!("applicant{i}")).await;
        applicants.push(tokio::spawn(apply(
            client.clone(),
            two[(i + 1) % 2].base.clone(),
            ledger.clone(),
            format!("账号{i}"),
            token,
            counties[i % 3].clone(),
            25,
        )));
    }
    for applicant in applicants {
        assert!(
            applicant.await.unwrap().is_some(),
            "an answer to everything"
        );
    }
    let asked = std::mem::take(&mut *ledger.lock().unwrap());
    let receipts = asked.iter().filter(|asked| asked.version.is_some());
    assert_eq!(receipts.filter(|asked| asked.answer.is_some()).count(), 9);
    assert_eq!(asked.len(), 9 * 27);
    assert!(site.audit_is_whole());
}
