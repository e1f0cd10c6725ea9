//! `cliphound password`: a new password for the dashboard, without the old one.

use std::{
    io::{self, BufRead as _, IsTerminal as _},
    process::ExitCode,
};

use anyhow::Context as _;
use cliphound_store::{
    Looked, Store,
    access::{NewPerson, Person},
    look,
};
use secrecy::{ExposeSecret, SecretString};

use super::{UsageError, login::say, must_exist, runtime};
use crate::{
    config::{self, Config, GlobalArgs},
    web::access::{Role, password, people::name_fits},
};

/// Options of `password`.
#[derive(clap::Args)]
#[command(after_help = "\
For a password that was lost, and for a first one where the link in the log can't be used. It
works on the database of --dir, also beside a running Cliphound. All sessions of that person
end. Without NAME, it is the one owner; where there is nobody yet, NAME becomes the owner.

Examples:
  cliphound password
  cliphound password ann --stdin < file-with-the-password")]
pub struct PasswordArgs {
    /// Whose
    #[arg(value_name = "NAME")]
    pub name: Option<String>,

    /// Read the password from stdin, to the end of its first line
    #[arg(long)]
    pub stdin: bool,
}

/// Sets a password.
///
/// # Errors
/// When there is nobody of that name, the password will not do, or the database can't be used.
pub fn run(global: &GlobalArgs, args: &PasswordArgs) -> anyhow::Result<ExitCode> {
    let config = Config::load(global, &config::environment())?;
    must_exist(&config.dir)?;
    let now_ms = config.clock().now_ms();
    runtime()?.block_on(async {
        let path = config.dir.database();
        // One that is not there is made once there is something to put into it.
        let asked = match look(&path).await? {
            Looked::Missing => Some(ask(&[], args)?),
            Looked::Ready | Looked::Older => None,
        };
        let store = Store::open(&path).await?;
        let set = set(&store, asked, args, now_ms).await;
        store.close().await;
        set
    })?;
    Ok(ExitCode::SUCCESS)
}

/// A new password, and whose it is.
struct Asked {
    who: Who,
    name: String,
    /// What is kept of the password.
    kept: String,
}

/// Asks for the password, where these people are known.
fn ask(people: &[Person], args: &PasswordArgs) -> anyhow::Result<Asked> {
    let who = whose(people, args.name.as_deref())?;
    let name = match &who {
        Who::Known { name, .. } | Who::First(name) => name.clone(),
    };
    let given = if args.stdin { from_stdin()? } else { from_terminal(&name)? };
    password::fits(given.expose_secret()).map_err(UsageError)?;
    let kept = password::made(&given).map_err(|error| {
        anyhow::anyhow!("the password can't be kept ({error}): there must be 20 MB of memory")
    })?;
    Ok(Asked { who, name, kept })
}

async fn set(
    store: &Store,
    asked: Option<Asked>,
    args: &PasswordArgs,
    now_ms: i64,
) -> anyhow::Result<()> {
    let Asked { who, name, kept } = match asked {
        Some(asked) => asked,
        None => ask(&store.people().await?, args)?,
    };
    match who {
        Who::Known { id, .. } => {
            store.set_password(id, &kept).await?;
            say(&format!("{name} has a new password, and is logged out everywhere."))
        }
        Who::First(_) => {
            let new = NewPerson {
                name: &name,
                role: Some(Role::Owner.as_str()),
                password: Some(&kept),
                now_ms,
                ..NewPerson::default()
            };
            store.add_person(&new).await?;
            say(&format!("{name} is the owner now, and can log in."))
        }
    }
}

/// Whose password it is.
#[derive(Debug)]
enum Who {
    Known {
        id: i64,
        name: String,
    },
    /// There is nobody who could log in and is an owner.
    First(String),
}

impl Who {
    fn of(person: &Person) -> Self {
        Self::Known { id: person.id, name: person.name.clone() }
    }
}

fn whose(people: &[Person], name: Option<&str>) -> anyhow::Result<Who> {
    let owners: Vec<&Person> =
        people.iter().filter(|person| person.role.as_deref() == Some("owner")).collect();
    let known = |name: &str| people.iter().find(|p| p.name.eq_ignore_ascii_case(name));
    match (name.map(|name| (name, known(name))), owners.as_slice()) {
        (Some((_, Some(person))), _) => Ok(Who::of(person)),
        (None, [owner]) => Ok(Who::of(owner)),
        (Some((name, None)), []) => {
            name_fits(name).map_err(|problem| UsageError(problem.detail))?;
            Ok(Who::First(name.to_owned()))
        }
        (None, []) => Ok(Who::First("owner".to_owned())),
        (Some((name, None)), _) => {
            let words = format!("there is no {name}: {}", told(people));
            Err(UsageError(words).into())
        }
        (None, _) => {
            let words = format!("there are several owners: say whose password; {}", told(people));
            Err(UsageError(words).into())
        }
    }
}

fn told(people: &[Person]) -> String {
    let names: Vec<&str> = people.iter().map(|person| person.name.as_str()).collect();
    format!("known are {}", names.join(", "))
}

fn from_stdin() -> anyhow::Result<SecretString> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).context("stdin can't be read")?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned().into())
}

fn from_terminal(name: &str) -> anyhow::Result<SecretString> {
    if !io::stdin().is_terminal() {
        let words = "nobody can be asked here: give the password by --stdin";
        return Err(UsageError(words.to_owned()).into());
    }
    let terminal = console::Term::stderr();
    let ask = |words: &str| -> io::Result<String> {
        terminal.write_str(words)?;
        terminal.read_secure_line()
    };
    let first = ask(&format!("New password of {name} (10 letters or more): "))?;
    let second = ask("The same again: ")?;
    if first != second {
        return Err(UsageError("the two differ; nothing was changed".to_owned()).into());
    }
    Ok(first.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str, role: Option<&str>) -> Person {
        Person {
            id: 1,
            name: name.to_owned(),
            role: role.map(str::to_owned),
            has_password: true,
            twitch_login: None,
            twitch_id: None,
            invite_until_ms: None,
            created_ms: 0,
        }
    }

    #[test]
    fn whose_password_it_is() {
        let check = |people: &[Person], name: Option<&str>, expected: Result<&str, &str>| match (
            whose(people, name),
            expected,
        ) {
            (Ok(Who::Known { name, .. }), Ok(expected)) => assert_eq!(name, expected),
            (Ok(Who::First(found)), Ok(expected)) => {
                assert_eq!(format!("new {found}"), expected);
            }
            (Err(error), Err(words)) => assert!(error.to_string().contains(words), "{error}"),
            (found, _) => panic!("{name:?}: {found:?}"),
        };
        let (ann, bob) = (person("ann", Some("owner")), person("bob", Some("editor")));
        check(&[], None, Ok("new owner"));
        check(&[], Some("ann"), Ok("new ann"));
        check(&[], Some("a b"), Err("a name has"));
        check(&[ann.clone(), bob.clone()], None, Ok("ann"));
        check(&[ann.clone(), bob.clone()], Some("Bob"), Ok("bob"));
        check(&[ann.clone(), bob.clone()], Some("eve"), Err("known are ann, bob"));
        check(&[ann.clone(), ann], None, Err("several owners"));
        check(std::slice::from_ref(&bob), Some("eve"), Ok("new eve"));
    }
}
