//! `cliphound login`: a user lets Cliphound act at Twitch, without copying tokens about.

mod browser;
mod device;
mod keep;
mod redirect;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use cliphound_clock::Clock;
use cliphound_twitch::oauth::{App, CodeRequest, Pair, http_client, stored::Role};

use super::{UsageError, logging, runtime};
use crate::{
    config::{self, Config, GlobalArgs, LoginFlow, Scope},
    daemon::signals::Signals,
    plain::plain_lines,
};
use redirect::Listener;

/// Options of `login`.
#[derive(clap::Args)]
#[command(after_help = "\
Shows an address and a code; open it on any device, as the account that shall have the
role, and say yes. The token is kept in DIR/tokens.json, for its owner only, and a running
Cliphound takes it up by itself.

  clipper      makes the clips; in most cases your own account
  bot          answers commands in chat; without one, the clipper does
  broadcaster  the channel's owner: hype trains, rewards, polls and the like as signals

It needs the id of an app of your own, which docs/login.md shows how to get in a minute.

Examples:
  cliphound login
  cliphound login --role broadcaster --role clipper   one account for both
  cliphound login --flow code                         for an app with a secret")]
pub struct LoginArgs {
    /// What the account is for; can be given more than once
    #[arg(long = "role", value_name = "ROLE", default_value = "clipper")]
    pub roles: Vec<RoleArg>,

    /// How: a code typed at Twitch, or a browser on this machine [default: twitch.login_flow, device]
    #[arg(long, value_name = "device|code")]
    pub flow: Option<String>,

    /// Ask for nothing but what the role can't do without
    #[arg(long)]
    pub least: bool,

    /// Only show the address
    #[arg(long)]
    pub no_browser: bool,
}

/// A role on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum RoleArg {
    /// Makes clips.
    Clipper,
    /// Speaks in chat.
    Bot,
    /// Owns the channel.
    Broadcaster,
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Self {
        match role {
            RoleArg::Clipper => Self::Clipper,
            RoleArg::Bot => Self::Bot,
            RoleArg::Broadcaster => Self::Broadcaster,
        }
    }
}

/// Logs in.
///
/// # Errors
/// When there is no app, the user says no or nothing, or the token can't be kept.
pub fn run(global: &GlobalArgs, args: &LoginArgs) -> anyhow::Result<ExitCode> {
    let mut global = global.clone();
    if let Some(flow) = &args.flow {
        global.set("twitch.login_flow", "--flow", flow.clone());
    }
    let config = Config::load(&global, &config::environment())?;
    let clock = config.clock();
    logging::start(&config.log, clock.clone())?;
    let app = app(&config)?;
    let mut roles: Vec<Role> = args.roles.iter().map(|role| Role::from(*role)).collect();
    roles.sort_unstable();
    roles.dedup();
    let runtime = runtime()?;
    runtime.block_on(async {
        let mut signals = Signals::listen().context("signals can't be heard")?;
        let login = Login { config: &config, app, clock, roles, args };
        tokio::select! {
            done = login.run() => done,
            _ = signals.next() => bail!("the log-in was broken off; nothing has changed"),
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The user's application.
pub(super) fn app(config: &Config) -> anyhow::Result<App> {
    let twitch = &config.twitch;
    let Some(client_id) = twitch.client_id.clone() else {
        return Err(UsageError(no_client_id(config)).into());
    };
    if twitch.login_flow == LoginFlow::Code && twitch.client_secret.is_none() {
        return Err(UsageError(NO_SECRET.to_owned()).into());
    }
    let oauth = config.endpoints.oauth.url();
    let http = http_client(&[oauth]).context("TLS can't be used on this system")?;
    Ok(App::new(oauth.clone(), client_id, twitch.client_secret.clone(), http))
}

fn no_client_id(config: &Config) -> String {
    format!(
        "no app is set: register one at https://dev.twitch.tv/console/apps (OAuth redirect URL {}, category “Other”, client type “Public”) and put its id as TWITCH_CLIENT_ID into .env",
        config.twitch.redirect
    )
}

const NO_SECRET: &str = "the flow “code” needs an app with a secret: set TWITCH_CLIENT_SECRET, or leave out --flow code and twitch.login_flow";

/// A log-in under way.
struct Login<'a> {
    config: &'a Config,
    app: App,
    clock: Clock,
    roles: Vec<Role>,
    args: &'a LoginArgs,
}

impl Login<'_> {
    async fn run(self) -> anyhow::Result<()> {
        // Before anybody says yes to what could not be kept.
        keep::can_be_kept(self.config)?;
        let asked = self.scopes();
        let names: Vec<&str> = self.roles.iter().map(|role| role.name()).collect();
        let mut text =
            format!("Cliphound asks Twitch for these rights, as {}:\n", names.join(", "));
        for scope in &asked {
            text += &format!("  {:27} {}\n", scope.name, scope.why);
        }
        say(&text)?;
        let names: Vec<String> = asked.iter().map(|scope| scope.name.to_owned()).collect();
        let pair = match self.config.twitch.login_flow {
            LoginFlow::Device => self.by_device(&names).await?,
            LoginFlow::Code => self.by_browser(&names).await?,
        };
        say(&keep::keep(&self, pair, &asked).await?)
    }

    /// What the roles need, each right once.
    fn scopes(&self) -> Vec<Scope> {
        let mut all: Vec<Scope> = Vec::new();
        for scope in self.roles.iter().flat_map(|role| self.config.scopes(*role)) {
            let is_known = all.iter().any(|known| known.name == scope.name);
            if !is_known && (scope.is_needed || !self.args.least) {
                all.push(scope);
            }
        }
        all
    }

    async fn by_device(&self, scopes: &[String]) -> anyhow::Result<Pair> {
        let code = self.app.ask_device(scopes).await?;
        say(&device::invitation(&code))?;
        self.open(&code.verification_uri);
        let _progress = device::Progress::start(code.lifetime());
        Ok(self.app.wait_for_user(&code, scopes, &self.clock).await?)
    }

    async fn by_browser(&self, scopes: &[String]) -> anyhow::Result<Pair> {
        let listener = Listener::open(&self.config.twitch.redirect).await?;
        let request: CodeRequest = self.app.ask_code(listener.address(), scopes)?;
        say(&format!(
            "Open this address in a browser on this machine, and say yes:\n  {}\n",
            request.url()
        ))?;
        self.open(request.url().as_str());
        let progress = device::Progress::start(redirect::PATIENCE);
        let code = listener.code(&request, &self.clock).await?;
        drop(progress);
        Ok(self.app.trade(&request, &code).await?)
    }

    fn open(&self, address: &str) {
        if !self.args.no_browser && browser::open(address) {
            tracing::debug!("a browser was opened");
        }
    }
}

/// Tells the user.
pub(super) fn say(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", plain_lines(text))?;
    Ok(out.flush()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_asked_once_and_only_the_needed_ones_if_wanted() {
        let check = |roles: &[Role], least: bool, expected: &[&str]| {
            let config = Config::load(
                &GlobalArgs::default(),
                &std::collections::BTreeMap::from([(
                    "TWITCH_CLIENT_ID".to_owned(),
                    "app".to_owned(),
                )]),
            )
            .unwrap();
            let args = LoginArgs { roles: Vec::new(), flow: None, least, no_browser: true };
            let (app, clock) = (app(&config).unwrap(), config.clock());
            let login = Login { config: &config, app, clock, roles: roles.to_vec(), args: &args };
            let names: Vec<_> = login.scopes().iter().map(|scope| scope.name).collect();
            assert_eq!(names, expected, "{roles:?}");
        };
        let clipper = [
            "clips:edit",
            "chat:read",
            "user:write:chat",
            "editor:manage:clips",
            "channel:manage:broadcast",
        ];
        check(&[Role::Clipper], false, &clipper);
        check(&[Role::Clipper, Role::Bot], false, &clipper);
        check(&[Role::Clipper], true, &["clips:edit"]);
        check(&[Role::Clipper, Role::Bot], true, &["clips:edit", "user:write:chat"]);
    }
}
