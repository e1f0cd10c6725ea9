//! Reads the files that settings come from.

use std::{
    collections::BTreeMap,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use super::{
    args::{GlobalArgs, Override},
    dir::Dir,
    origin::{ConfigErrors, Mistake, Origin},
};

/// Everything that was said about settings, read but not understood yet.
/// Has no `Debug`: it holds secrets.
pub(super) struct Sources {
    pub(super) dir: PathBuf,
    pub(super) overrides: Vec<Override>,
    pub(super) environment: BTreeMap<String, String>,
    pub(super) credential: Option<TextFile>,
    pub(super) dotenv: Option<TextFile>,
    pub(super) toml: Option<TextFile>,
}

/// A file's text under the name that people are told.
pub(super) struct TextFile {
    pub(super) name: String,
    pub(super) text: String,
}

/// File in systemd's `CREDENTIALS_DIRECTORY` that is read like `.env`.
const CREDENTIAL: &str = "cliphound.env";

impl Sources {
    /// Reads the files. A missing `.env`, credential or default settings file is
    /// fine; a settings file that was named must be there.
    pub(super) fn gather(
        args: &GlobalArgs,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, ConfigErrors> {
        let Places { dir, credential, dotenv, named, toml } = Places::of(args, environment);
        if dir.is_file() {
            let text = format!(
                "{} is a file, not a folder: name a folder with --dir or CLIPHOUND_DIR",
                dir.display()
            );
            return Err(ConfigErrors(vec![Mistake::new(text)]));
        }
        if let Some(named) = named.as_ref().filter(|named| named.is_dir()) {
            let named = named.display();
            let text = format!("the settings file {named} is a folder: name the file in it");
            return Err(ConfigErrors(vec![Mistake::new(text)]));
        }
        let mut mistakes = Vec::new();
        let mut read = |path: &Path| read(path).unwrap_or_else(|m| (mistakes.push(m), None).1);
        let credential = credential.and_then(|path| read(&path));
        let (dotenv, toml) = (dotenv.and_then(|path| read(&path)), read(&toml));
        if let (Some(named), None, []) = (&named, &toml, mistakes.as_slice()) {
            let named = named.display();
            mistakes.push(Mistake::new(format!(
                "the settings file {named} does not exist: create it, or leave --config out"
            )));
        }
        if !mistakes.is_empty() {
            return Err(ConfigErrors(mistakes));
        }
        let (overrides, environment) = (args.overrides(), environment.clone());
        Ok(Self { dir, overrides, environment, credential, dotenv, toml })
    }
}

/// The credential's file, whether it exists or not.
pub(super) fn credential(
    args: &GlobalArgs,
    environment: &BTreeMap<String, String>,
) -> Option<PathBuf> {
    Places::of(args, environment).credential
}

/// Cliphound's folder.
pub(super) fn dir(args: &GlobalArgs, environment: &BTreeMap<String, String>) -> Dir {
    Dir::new(Places::of(args, environment).dir)
}

/// The files that settings are read from, whether they exist or not.
pub(super) fn files(args: &GlobalArgs, environment: &BTreeMap<String, String>) -> Vec<PathBuf> {
    let Places { credential, dotenv, toml, .. } = Places::of(args, environment);
    credential.into_iter().chain(dotenv).chain([toml]).collect()
}

/// Where the files are.
struct Places {
    dir: PathBuf,
    credential: Option<PathBuf>,
    dotenv: Option<PathBuf>,
    /// The settings file, if somebody named one: then it must be there.
    named: Option<PathBuf>,
    toml: PathBuf,
}

impl Places {
    fn of(args: &GlobalArgs, environment: &BTreeMap<String, String>) -> Self {
        let path = |name: &str| environment.get(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        let dir = args.dir.clone().or_else(|| path("CLIPHOUND_DIR")).unwrap_or_else(|| ".".into());
        let named = args.config.clone().or_else(|| path("CLIPHOUND_CONFIG"));
        let toml = named.clone().unwrap_or_else(|| dir.join("cliphound.toml"));
        let credential = path("CREDENTIALS_DIRECTORY").map(|dir| dir.join(CREDENTIAL));
        let dotenv = (!args.without_dotenv).then(|| dir.join(".env"));
        Self { credential, dotenv, named, toml, dir }
    }
}

/// The text of a file, `None` where there is no such file.
fn read(path: &Path) -> Result<Option<TextFile>, Mistake> {
    let name = path.strip_prefix(".").unwrap_or(path).display().to_string();
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == ErrorKind::IsADirectory => {
            let text = format!("{name} is a folder: put a file in its place, or remove it");
            return Err(Mistake::new(text));
        }
        Err(error) => return Err(Mistake::new(format!("{name} can't be read: {error}"))),
    };
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(TextFile { name, text })),
        Err(error) => {
            let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = 1 + good.iter().filter(|byte| **byte == b'\n').count();
            let origin = Origin::File { file: name, line };
            Err(Mistake::at(origin, "this is not text in UTF-8: save the file as UTF-8"))
        }
    }
}
