//! Files that an option names, and that a command writes anew.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read},
    path::Path,
};

use super::UsageError;

/// Whether `option` may write `file`: it is not there, or is an earlier one of its kind (`what`, which
/// begins with `begins`), and its disk lets us: told now rather than after minutes of work. What somebody
/// named by mistake, be it the command's own input, stays. A pipe or a device is no file that anything
/// could be lost of.
///
/// # Errors
/// One sentence that begins with the option.
pub fn may_write(option: &str, file: &Path, what: &str, begins: &[u8]) -> Result<(), UsageError> {
    let refuse = |words: &str| Err(UsageError(format!("{option}: {words}")));
    let shown = file.display();
    if file == "-" {
        return refuse("name a file");
    }
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if shown.to_string().ends_with(std::path::is_separator) {
        return refuse(&format!("{shown} is a folder; name a file in it"));
    }
    if !folder.is_dir() {
        return refuse(&format!("there is no folder {}: make it first", folder.display()));
    }
    let tried = match fs::metadata(file) {
        Ok(there) if there.is_dir() => {
            return refuse(&format!("{shown} is a folder; name a file in it"));
        }
        Ok(there) if there.is_file() => match is_one(file, begins) {
            Ok(true) => OpenOptions::new().append(true).open(file).map(drop),
            Ok(false) => {
                return refuse(&format!("{shown} is there and is no {what}: name another file"));
            }
            Err(error) => {
                return refuse(&format!("{shown} can't be read ({error}): name another file"));
            }
        },
        Ok(_) => Ok(()),
        // A file without a name leaves nothing behind.
        Err(_) => tempfile::tempfile_in(folder).map(drop),
    };
    let told = |error| format!("{shown} can't be written ({error}): name another file");
    tried.or_else(|error| refuse(&told(error)))
}

/// Whether a file begins like this, or is empty.
fn is_one(file: &Path, begins: &[u8]) -> io::Result<bool> {
    let mut head = Vec::new();
    File::open(file)?.take(begins.len() as u64).read_to_end(&mut head)?;
    Ok(head.is_empty() || head == begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_of_another_kind_stays() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        for (name, text) in [("chat.log", "hello"), ("old.csv", "t_s,score\n1,2\n"), ("none", "")] {
            fs::write(at(name), text).unwrap();
        }
        let told = |file: &Path| match may_write("--to", file, "table", b"t_s,") {
            Ok(()) => String::new(),
            Err(error) => error.to_string(),
        };
        for name in ["new.csv", "old.csv", "none"] {
            assert_eq!(told(&at(name)), "", "{name}");
        }
        assert_eq!(told(Path::new("/dev/null")), "");
        for (file, expected) in [
            (at("chat.log"), "chat.log is there and is no table: name another file"),
            (at("a/b.csv"), "a: there is no folder"),
            (dir.path().to_owned(), "is a folder; name a file in it"),
            (at("new/"), "is a folder; name a file in it"),
            ("-".into(), "--to: name a file"),
        ] {
            let told = told(&file);
            let is_there = expected.split(": ").all(|part| told.contains(part));
            assert!(told.starts_with("--to: ") && is_there, "{told}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_disk_that_takes_nothing_is_told_before_the_work() {
        let told = may_write("--to", Path::new("/proc/new.csv"), "table", b"t_s,").unwrap_err();
        assert!(told.to_string().starts_with("--to: /proc/new.csv can't be written ("), "{told}");
    }
}
