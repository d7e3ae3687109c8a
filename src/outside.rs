//! Calls to services of others: what their clients have in common.

/// A client to be given its time-outs. It follows no redirect: what is sent is meant for the address that was set. Always
/// rustls: the OSS SDK brings OpenSSL along, which would take its place.
pub fn client() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .use_rustls_tls()
        .redirect(reqwest::redirect::Policy::none())
}
