//! The unit file: correct, and sandboxed to an exposure of at most 2.0, as systemd itself says.

#![expect(clippy::unwrap_used, reason = "a test may")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Component, Path, PathBuf},
    process::Command,
};

const UNIT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/systemd/cliphound.service");
/// systemd finds it where it is installed: by hand or by a package.
const COMMAND: &str = "=cliphound --dir";

/// Runs `systemd-analyze`; `None`, said aloud, where this machine has none.
fn analyze(args: &[&str]) -> Option<(bool, String)> {
    match Command::new("systemd-analyze").args(args).output() {
        Ok(output) => {
            let both = [output.stdout, output.stderr].concat();
            Some((output.status.success(), String::from_utf8_lossy(&both).into_owned()))
        }
        Err(error) => {
            eprintln!("skipped: systemd-analyze can't be run here ({error})");
            None
        }
    }
}

#[test]
fn exposure_is_at_most_2() {
    let Some((_, text)) = analyze(&["security", "--offline=true", "--no-pager", UNIT]) else {
        return;
    };
    let level = text.lines().find(|line| line.contains("Overall exposure level")).unwrap_or(&text);
    let number = level.split_whitespace().find_map(|word| word.parse::<f32>().ok());
    assert!(number.is_some_and(|number| number <= 2.0), "{text}");
}

#[test]
fn systemd_understands_every_line() {
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("cliphound.service");
    let unit = fs::read_to_string(UNIT).unwrap();
    assert_eq!(unit.matches(COMMAND).count(), 1);
    let built = format!("={} --dir", env!("CARGO_BIN_EXE_cliphound"));
    fs::write(&copy, unit.replace(COMMAND, &built)).unwrap();
    let Some((success, text)) =
        analyze(&["verify", "--man=no", "--recursive-errors=no", &copy.display().to_string()])
    else {
        return;
    };
    // Other units of the machine may have faults of their own.
    let ours: Vec<_> = text.lines().filter(|line| line.contains("cliphound")).collect();
    assert!(success && ours.is_empty(), "{text}");
}

/// What a new machine's manual says is what the unit uses.
#[test]
fn the_unit_agrees_with_its_readme() {
    let unit = fs::read_to_string(UNIT).unwrap();
    let readme = fs::read_to_string(Path::new(UNIT).with_file_name("README.md")).unwrap();
    for path in ["/etc/cliphound/cliphound.env", "/var/lib/cliphound"] {
        assert!(unit.contains(path) && readme.contains(path), "{path}");
    }
}

/// `cargo deb` is not part of the tests; what it packs is there.
#[test]
fn the_package_finds_its_files() {
    let packed = packed();
    assert!(packed.len() > 40, "{packed:?}");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest: toml::Table =
        fs::read_to_string(root.join("Cargo.toml")).unwrap().parse().unwrap();
    let deb = &manifest["package"]["metadata"]["deb"];
    let scripts = deb["maintainer-scripts"].as_str().unwrap();
    for name in [scripts, "systemd/cliphound.sysusers", "systemd/cliphound.service"] {
        assert!(root.join(name).exists(), "{name}");
    }
    let conf = deb["conf-files"][0].as_str().unwrap().trim_start_matches('/');
    assert_eq!(packed.get(Path::new(".env.example")), Some(&PathBuf::from(conf)));
}

/// Whoever reads the guides of the package finds what they lead to.
#[test]
fn links_of_the_package_lead_somewhere_in_it() {
    let (packed, root) = (packed(), Path::new(env!("CARGO_MANIFEST_DIR")));
    // What only who builds it needs.
    let left_out = ["CONTRIBUTING.md", "LICENSE", "docs/adr", "models", "recordings"];
    let is_there =
        |path: &Path| packed.contains_key(path) || left_out.iter().any(|l| path == Path::new(l));
    for source in packed.keys().filter(|path| path.extension().is_some_and(|end| end == "md")) {
        let text = fs::read_to_string(root.join(source)).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#', ' ']).next()) {
            if link.is_empty() || link.contains("://") {
                continue;
            }
            let path = whole(&source.parent().unwrap().join(link));
            assert!(is_there(&path), "{}: {link}", source.display());
        }
    }
}

/// There was no engine to build the container with: what it names is there at least.
#[test]
fn the_container_is_built_with_what_there_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest: toml::Table =
        fs::read_to_string(root.join("Cargo.toml")).unwrap().parse().unwrap();
    let rust = manifest["workspace"]["package"]["rust-version"].as_str().unwrap();
    let name = manifest["package"]["name"].as_str().unwrap();
    let dockerfile = fs::read_to_string(root.join("Dockerfile")).unwrap();
    for line in [
        format!("FROM rust:{rust}-bookworm AS build"),
        format!("COPY --from=build /src/target/release/{name} /usr/local/bin/"),
        format!("ENTRYPOINT [\"{name}\"]"),
    ] {
        assert!(dockerfile.lines().any(|found| found == line), "{line}");
    }
    // Nothing of the folder is copied but what is named: what somebody has learned and may do stays
    // out, and what is named is there.
    let ignored = fs::read_to_string(root.join(".dockerignore")).unwrap();
    let mut lines = ignored.lines().filter(|line| !line.starts_with('#'));
    assert_eq!(lines.next(), Some("*"));
    let (named, left_out): (Vec<_>, Vec<_>) = lines.partition(|line| line.starts_with('!'));
    assert_eq!(left_out, ["**/.env", "**/target"]);
    for name in named.iter().map(|line| &line[1..]) {
        assert!(root.join(name).exists(), "{name}");
        assert!(!["models", "recordings", "."].iter().any(|made| name.starts_with(made)), "{name}");
    }
}

/// The files of this folder that the package has, and where it puts each.
fn packed() -> BTreeMap<PathBuf, PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest: toml::Table =
        fs::read_to_string(root.join("Cargo.toml")).unwrap().parse().unwrap();
    let assets = manifest["package"]["metadata"]["deb"]["assets"].as_array().unwrap();
    let mut packed = BTreeMap::new();
    for (source, place) in assets.iter().map(|asset| (&asset[0], &asset[1])) {
        let (source, place) = (source.as_str().unwrap(), place.as_str().unwrap());
        if source.starts_with("target/") {
            continue;
        }
        let files = match source.split_once("/*") {
            Some((folder, end)) => files(root, folder, end),
            None => vec![PathBuf::from(source)],
        };
        assert!(files.iter().all(|file| root.join(file).is_file()), "{source}");
        assert!(!files.is_empty(), "{source}");
        for file in files {
            let name = file.file_name().unwrap();
            let to = if place.ends_with('/') { Path::new(place).join(name) } else { place.into() };
            packed.insert(file, to);
        }
    }
    packed
}

/// The files in a folder whose names end so.
fn files(root: &Path, folder: &str, end: &str) -> Vec<PathBuf> {
    let all = fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().file_name());
    let ours = all.filter(|name| name.to_str().unwrap().ends_with(end));
    ours.map(|name| Path::new(folder).join(name)).collect()
}

/// A path without `..`.
fn whole(path: &Path) -> PathBuf {
    let mut whole = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(whole.pop()),
            part => whole.push(part),
        }
    }
    whole
}
