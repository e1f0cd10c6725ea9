//! `cliphound logout`: forgets tokens, and ends them at Twitch.

use std::process::ExitCode;

use cliphound_twitch::oauth::{App, TokenError, file, stored::Role};
use secrecy::{ExposeSecret, SecretString};

use super::{
    logging,
    login::{RoleArg, say},
    must_exist, runtime,
};
use crate::config::{self, Config, GlobalArgs};

/// Options of `logout`.
#[derive(clap::Args)]
#[command(after_help = "\
Takes the tokens out of DIR/tokens.json and ends them at Twitch; without the network, only
the first. A running Cliphound notices within seconds, reads chat anonymously and goes on
recording moments.")]
pub struct LogoutArgs {
    /// Only this role; can be given more than once [default: all]
    #[arg(long = "role", value_name = "ROLE")]
    pub roles: Vec<RoleArg>,
}

/// A token that nobody uses any more.
struct Gone {
    whose: String,
    access: SecretString,
}

/// Logs out.
///
/// # Errors
/// When the settings have mistakes, or the file can't be written.
pub fn run(global: &GlobalArgs, args: &LogoutArgs) -> anyhow::Result<ExitCode> {
    let config = Config::load(global, &config::environment())?;
    must_exist(&config.dir)?;
    logging::start(&config.log, config.clock())?;
    let named: Vec<Role> = args.roles.iter().map(|role| Role::from(*role)).collect();
    let roles = if named.is_empty() { Role::ALL.to_vec() } else { named };
    let (had_any, mut gone) = forget(&config, &roles)?;
    let given = config.twitch.initial_token().filter(|_| roles.contains(&Role::Clipper));
    if let Some((access, _)) = &given
        && gone.iter().all(|one| one.access.expose_secret() != access.expose_secret())
    {
        gone.push(Gone { whose: "the settings".to_owned(), access: access.clone() });
    }
    if !had_any && given.is_none() {
        say("Nobody is logged in; there is nothing to do.")?;
        return Ok(ExitCode::SUCCESS);
    }
    if had_any && gone.is_empty() {
        say("The role is taken away; the token stays for its other roles.")?;
    }
    let runtime = runtime()?;
    for one in &gone {
        say(&runtime.block_on(end(&config, one)))?;
    }
    if given.is_some() {
        say(&still_set(&config))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Takes roles out of the file: whether anybody had one, and the tokens without a role now.
fn forget(config: &Config, roles: &[Role]) -> anyhow::Result<(bool, Vec<Gone>)> {
    let path = config.dir.tokens();
    if !path.exists() {
        return Ok((false, Vec::new()));
    }
    Ok(file::update(&path, |book| {
        let had_any = roles.iter().any(|role| book.with_role(*role).is_some());
        let gone = roles.iter().filter_map(|role| book.take(*role));
        let name = |login: String| if login.is_empty() { "an account".to_owned() } else { login };
        let gone = gone.map(|t| Gone { whose: name(t.login), access: t.access_token }).collect();
        (had_any, gone)
    })?)
}

/// Ends a token at Twitch; what came of it.
async fn end(config: &Config, gone: &Gone) -> String {
    let whose = &gone.whose;
    let by_hand =
        "to end it there, too, disconnect the app at https://www.twitch.tv/settings/connections";
    match revoke(config, &gone.access).await {
        Ok(true) => format!("Logged out: the token of {whose} is removed, and ended at Twitch."),
        Ok(false) => {
            format!("Logged out: the token of {whose} is removed; it was not valid any more.")
        }
        Err(TokenError::Unreachable(why)) => format!(
            "Logged out here: the token of {whose} is removed, but Twitch can't be reached ({why}); {by_hand}."
        ),
        Err(error) => {
            format!("Logged out here: the token of {whose} is removed ({error}); {by_hand}.")
        }
    }
}

async fn revoke(config: &Config, access: &SecretString) -> Result<bool, TokenError> {
    let Some(client_id) = config.twitch.client_id.clone() else {
        return Err(TokenError::Refused("no app is set".to_owned()));
    };
    let oauth = config.endpoints.oauth.url();
    let http = cliphound_twitch::oauth::http_client(&[oauth])
        .map_err(|_| TokenError::Unreachable("TLS can't be used on this system".to_owned()))?;
    App::new(oauth.clone(), client_id, None, http).revoke(access).await
}

/// What the user must do: a file of settings is not ours to write.
fn still_set(config: &Config) -> String {
    let setting = config.settings().iter().find(|setting| setting.key == "twitch.access_token");
    let place = setting.map(|setting| setting.origin.to_string()).unwrap_or_default();
    format!("Take the access token and the refresh token out of the settings, too ({place}).")
}
