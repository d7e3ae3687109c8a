//! Who is at the other end.

use std::net::IpAddr;

use poem::Request;

/// The caller's address. `X-Forwarded-For` grows by one entry per proxy, and only our own proxies'
/// entries (the last `trusted_hops`) are worth anything; with 0 the header is ignored, so that
/// nobody can dress up as another address to slip under a rate limit.
#[must_use]
pub fn client_ip(request: &Request, trusted_hops: usize) -> Option<IpAddr> {
    let peer = request.remote_addr().as_socket_addr().map(|a| a.ip());
    if trusted_hops == 0 {
        return peer;
    }
    // several header lines are one list
    let chain: Vec<&str> = request
        .headers()
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .map(str::trim)
        .collect();
    chain
        .len()
        .checked_sub(trusted_hops)
        .and_then(|i| chain[i].parse().ok())
        .or(peer)
}
