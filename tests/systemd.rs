//! The unit file: correct, and sandboxed to an exposure of at most 2.0, as systemd itself says.

use std::{fs, path::Path, process::Command};

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
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest: toml::Table =
        fs::read_to_string(root.join("Cargo.toml")).unwrap().parse().unwrap();
    let deb = &manifest["package"]["metadata"]["deb"];
    let assets = deb["assets"].as_array().unwrap().iter().map(|asset| asset[0].as_str().unwrap());
    let ours: Vec<_> = assets.filter(|source| !source.starts_with("target/")).collect();
    assert!(ours.len() > 3, "{ours:?}");
    let scripts = deb["maintainer-scripts"].as_str().unwrap();
    let sysusers = "systemd/cliphound.sysusers";
    for source in ours.into_iter().chain([scripts, sysusers]) {
        let folder = source.split_once("/*").map_or(source, |(folder, _)| folder);
        assert!(root.join(folder).exists(), "{source}");
    }
}
