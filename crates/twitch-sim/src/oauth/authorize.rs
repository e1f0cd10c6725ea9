//! The authorization code flow: the browser is sent back with a code, or with a no.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Redirect;
use url::{Host, Url};

use super::{Given, OauthError};
use crate::helix::Query;
use crate::world::{AskedLogin, Fault, Refusal, World};

/// Whoever sits at the browser says yes at once.
pub(super) async fn ask(
    State(world): State<Arc<World>>,
    query: Query,
) -> Result<Redirect, OauthError> {
    let given = Given::new(query, "");
    let client_id = given.need("client_id", "missing client id")?.to_owned();
    let redirect = given.need("redirect_uri", "missing redirect_uri")?;
    let now_ms = world.clock.now_ms();
    let state = &mut *world.state();
    if !state.tokens.knows_client(&client_id) {
        return Err(Refusal::InvalidClient.into());
    }
    // Every redirect to this machine counts as registered.
    let mut url = Url::parse(redirect).ok().filter(is_here).ok_or(Refusal::InvalidRedirect)?;
    if given.get("response_type") != Some("code") {
        return Err(OauthError::bad("response_type must be code"));
    }
    let mut pairs = url.query_pairs_mut();
    if state.faults.take(Fault::LoginDenied, None) {
        pairs.append_pair("error", "access_denied");
        pairs.append_pair("error_description", "The user denied you access");
    } else {
        let asked = AskedLogin { client_id, scopes: given.scopes("scope") };
        let code = state.logins.approve(asked, redirect, now_ms, &mut state.rng);
        pairs.append_pair("code", &code);
        pairs.append_pair("scope", given.get("scope").unwrap_or_default());
    }
    if let Some(word) = given.get("state") {
        pairs.append_pair("state", word);
    }
    drop(pairs);
    Ok(Redirect::to(url.as_str()))
}

fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
