//! `cliphound logout`: forgets tokens, and ends them at Twitch.

use std::process::ExitCode;

use cliphound_twitch::oauth::{App, TokenError, file, stored::Role};
use secrecy::{ExposeSecret, SecretString};

use super::{
    logging,
    login::{RoleArg, say},
    must_exist, runtime,
};
use crate::config::{self, Config, GlobalArgs, Origin};

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
    /// Who it was of; `None`: it stands in the settings, where we take nothing out.
    whose: Option<String>,
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
    let roles = if named.is_empty() { Role::ALL.to_vec() } else { named.clone() };
    let (had_any, mut gone) = forget(&config, &roles)?;
    let given = config.twitch.initial_token().filter(|_| roles.contains(&Role::Clipper));
    if let Some((access, _)) = &given
        && gone.iter().all(|one| one.access.expose_secret() != access.expose_secret())
    {
        gone.push(Gone { whose: None, access: access.clone() });
    }
    if !had_any && given.is_none() {
        say(&nobody(&named))?;
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

/// `named`: the roles that were asked for; none is all of them.
fn nobody(named: &[Role]) -> String {
    let roles: Vec<_> = named.iter().map(|role| role.name()).collect();
    if roles.is_empty() {
        return "Nobody is logged in; there is nothing to do.".to_owned();
    }
    format!("Nobody is logged in as {}; there is nothing to do.", roles.join(" or "))
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
        let gone = gone.map(|t| Gone { whose: Some(name(t.login)), access: t.access_token });
        let gone = gone.collect();
        (had_any, gone)
    })?)
}

/// Ends a token at Twitch; what came of it.
async fn end(config: &Config, gone: &Gone) -> String {
    let ended = revoke(config, &gone.access).await;
    match &gone.whose {
        Some(whose) => removed(whose, &ended),
        None => of_settings(&ended),
    }
}

const BY_HAND: &str = "disconnect the app at https://www.twitch.tv/settings/connections";

fn removed(whose: &str, ended: &Result<bool, TokenError>) -> String {
    match ended {
        Ok(true) => format!("Logged out: the token of {whose} is removed, and ended at Twitch."),
        Ok(false) => {
            format!("Logged out: the token of {whose} is removed; it was not valid any more.")
        }
        Err(TokenError::Unreachable(why)) => format!(
            "Logged out here: the token of {whose} is removed, but Twitch can't be reached ({why}); to end it there, too, {BY_HAND}."
        ),
        Err(error) => {
            format!(
                "Logged out here: the token of {whose} is removed ({error}); to end it there, too, {BY_HAND}."
            )
        }
    }
}

fn of_settings(ended: &Result<bool, TokenError>) -> String {
    match ended {
        Ok(true) => "The token of the settings is ended at Twitch.".to_owned(),
        Ok(false) => "The token of the settings was not valid any more.".to_owned(),
        Err(TokenError::Unreachable(why)) => format!(
            "The token of the settings is not ended: Twitch can't be reached ({why}); to end it, {BY_HAND}."
        ),
        Err(error) => {
            format!("The token of the settings is not ended ({error}); to end it, {BY_HAND}.")
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
    let origin = |key: &str| {
        let setting = config.settings().iter().find(|setting| setting.key == key)?;
        (setting.origin != Origin::Default).then_some(&setting.origin)
    };
    match (origin("twitch.access_token"), origin("twitch.refresh_token")) {
        (Some(access), Some(refresh)) => format!(
            "Take the access token and the refresh token out of the settings ({}).",
            both(access, refresh)
        ),
        (access, _) => {
            let place = access.map(ToString::to_string).unwrap_or_default();
            format!("Take the access token out of the settings ({place}).")
        }
    }
}

fn both(access: &Origin, refresh: &Origin) -> String {
    match (access, refresh) {
        (Origin::File { file, line: one }, Origin::File { file: other_file, line: other })
            if file == other_file =>
        {
            format!("{file}, lines {} and {}", one.min(other), one.max(other))
        }
        _ => format!("{access}, and {refresh}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_told_by_role() {
        assert_eq!(nobody(&[]), "Nobody is logged in; there is nothing to do.");
        let told = nobody(&[Role::Bot, Role::Broadcaster]);
        assert_eq!(told, "Nobody is logged in as bot or broadcaster; there is nothing to do.");
    }

    #[test]
    fn of_the_settings_nothing_is_removed() {
        let away = Err(TokenError::Unreachable("no way".to_owned()));
        let refused = Err(TokenError::Refused("no app is set".to_owned()));
        for ended in [Ok(true), Ok(false), away, refused] {
            assert!(removed("ann", &ended).contains("the token of ann is removed"));
            let told = of_settings(&ended);
            assert!(!told.contains("removed") && !told.contains("Logged out"), "{told}");
        }
    }

    #[test]
    fn both_tokens_are_named_with_their_places() {
        let dir = tempfile::tempdir().unwrap();
        let told = |dotenv: &str, refresh: Option<&str>| {
            std::fs::write(dir.path().join(".env"), format!("TWITCH_CLIENT_ID=app\n{dotenv}"))
                .unwrap();
            let global = GlobalArgs { dir: Some(dir.path().to_owned()), ..GlobalArgs::default() };
            let refresh =
                refresh.map(|token| ("TWITCH_REFRESH_TOKEN".to_owned(), token.to_owned()));
            let told = still_set(&Config::load(&global, &refresh.into_iter().collect()).unwrap());
            told.replace(&format!("{}/", dir.path().display()), "")
        };
        let two = "Take the access token and the refresh token out of the settings";
        let file = "TWITCH_REFRESH_TOKEN=a\nTWITCH_ACCESS_TOKEN=b\n";
        assert_eq!(told(file, None), format!("{two} (.env, lines 2 and 3)."));
        let one = "TWITCH_ACCESS_TOKEN=b\n";
        let there = "(.env, line 2, and environment, TWITCH_REFRESH_TOKEN)";
        assert_eq!(told(one, Some("c")), format!("{two} {there}."));
        assert_eq!(told(one, None), "Take the access token out of the settings (.env, line 2).");
    }
}
