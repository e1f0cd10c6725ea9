//! Lines that wait for the disk of the records are kept in the database, too, where that can be
//! written: then a crash does not cost them.

use std::sync::Arc;

use cliphound_store::{Store, WaitingLine};

use super::{MomentsTsv, Records, Untitled};
use crate::{costs, crew::blocking};

/// Puts the lines back that an earlier run could not write; to be called at the start, before
/// anything looks what the records tell.
pub async fn put_back(records: &Arc<Records>, store: &Store) {
    let lines = match store.waiting_lines().await {
        Ok(lines) => lines,
        Err(error) => {
            costs::tell(&error, "whether lines of the records wait in the database can't be read");
            return;
        }
    };
    if lines.is_empty() {
        return;
    }
    let records = Arc::clone(records);
    let put = blocking("keeping lines of the records", move || {
        let put = lines.into_iter().map(|line| records.put_back(line));
        put.filter(|is_new| *is_new).count()
    });
    if let Ok(lines) = put.await {
        tracing::info!(lines, "lines that the records lacked since the last run were put back");
    }
}

/// Keeps lines that began to wait.
pub async fn keep(records: &Records, store: &Store, lines: Vec<WaitingLine>) {
    if lines.is_empty() {
        return;
    }
    match store.keep_lines(&lines).await {
        Ok(()) => lines.iter().for_each(|line| records.has_kept_lines(&line.record)),
        // Of the records' trouble was told, and of the database's.
        Err(error) => {
            records.none_is_kept();
            tracing::debug!(%error, "lines of the records wait in memory alone");
        }
    }
}

/// Takes the titles of moments out of their lines: in the file, in what waits for it, and where that
/// is kept.
///
/// # Errors
/// When the file or the database can't be changed.
pub async fn untitle(
    records: &Arc<Records>,
    store: &Store,
    moments: Untitled,
) -> anyhow::Result<()> {
    let (of, moments) = (Arc::clone(records), Arc::new(moments));
    let known = Arc::clone(&moments);
    let untitled = blocking("keeping lines of the records", move || {
        let untitled = of.moments.untitle(&known);
        (untitled, of.unkept())
    });
    let (untitled, unkept) = untitled.await?;
    let stays = |line: &WaitingLine| {
        let is_one = line.record == MomentsTsv::FILE_NAME;
        let untitled = is_one.then(|| moments.line(&line.text)).flatten();
        Some(untitled.unwrap_or_else(|| line.text.clone()))
    };
    let rewritten = store.change_lines(stays).await;
    // Whatever came of it: they count as kept already.
    keep(records, store, unkept).await;
    rewritten?;
    untitled.map(drop)
}

/// Once no line of a record waits any more, none of it needs to be kept: later, those of long ago could
/// not be told from new ones.
pub async fn tidy(records: &Records, store: &Store) {
    for record in records.kept_and_written() {
        if let Err(error) = store.remove_lines(record).await {
            records.has_kept_lines(record);
            tracing::debug!(%error, "lines that were written stay in the database");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use cliphound_store::FullDisks;

    use crate::records::{MomentState, Record, record::tests::sample};

    fn clip(id: &str) -> Record {
        let clip_url = Some(format!("https://clips.twitch.tv/{id}"));
        Record { clip_url, score: Some(0.5), ..sample() }
    }

    /// Killed while lines wait: the next start writes them, in order and once.
    #[tokio::test]
    async fn a_crash_while_lines_wait_costs_none() {
        let dir = tempfile::tempdir().unwrap();
        let (folder, moved) = (dir.path().join("recordings"), dir.path().join("moved"));
        let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
        let records = Arc::new(Records::open(&folder, &FullDisks::default()).unwrap());
        put_back(&records, &store).await;
        records.clip_urls.append(&clip("A")).unwrap();
        assert!(records.unkept().is_empty());
        fs::rename(&folder, &moved).unwrap();
        fs::write(&folder, "a file where the folder was").unwrap();
        for id in ["B", "C"] {
            records.clip_urls.append(&clip(id)).unwrap();
            records.moments.append(&clip(id), MomentState::Confirmed).unwrap();
            keep(&records, &store, records.unkept()).await;
        }
        tidy(&records, &store).await;
        assert_eq!(store.waiting_lines().await.unwrap().len(), 4);
        std::mem::forget(records);
        fs::remove_file(&folder).unwrap();
        fs::rename(&moved, &folder).unwrap();

        for _ in 0..2 {
            let records = Arc::new(Records::open(&folder, &FullDisks::default()).unwrap());
            put_back(&records, &store).await;
            let lines = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
            let ids: Vec<_> = lines("clip_urls.txt").lines().filter_map(Record::parse).collect();
            assert_eq!(ids, ["A", "B", "C"].map(clip));
            assert_eq!(lines("moments.tsv").lines().count(), 3);
        }
        let records = Arc::new(Records::open(&folder, &FullDisks::default()).unwrap());
        tidy(&records, &store).await;
        assert!(store.waiting_lines().await.unwrap().is_empty());
    }

    /// One record can't be written for weeks: what is kept of the others goes all the same.
    #[tokio::test]
    async fn a_record_that_can_not_be_written_keeps_no_lines_of_others() {
        let dir = tempfile::tempdir().unwrap();
        let (folder, disks) = (dir.path().join("recordings"), FullDisks::default());
        let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
        let records = Arc::new(Records::open(&folder, &disks).unwrap());
        fs::remove_file(folder.join("clip_urls.txt")).unwrap();
        fs::create_dir(folder.join("clip_urls.txt")).unwrap();
        records.clip_urls.append(&clip("A")).unwrap();
        keep(&records, &store, records.unkept()).await;
        let (text, clip_url) = ("a no in review".to_owned(), None);
        let no = WaitingLine { record: MomentsTsv::FILE_NAME.to_owned(), text, clip_url };
        store.keep_lines(std::slice::from_ref(&no)).await.unwrap();
        records.has_kept_lines(&no.record);
        let kept = async || -> Vec<String> {
            let lines = store.waiting_lines().await.unwrap();
            lines.into_iter().map(|line| line.record).collect()
        };
        assert_eq!(kept().await, ["clip_urls.txt", "moments.tsv"]);
        tidy(&records, &store).await;
        assert_eq!(kept().await, ["clip_urls.txt"]);
        fs::remove_dir(folder.join("clip_urls.txt")).unwrap();
        records.mend();
        tidy(&records, &store).await;
        assert_eq!(kept().await, [""; 0]);
    }

    /// The database takes nothing either, for a while: what waits is kept once it does, and once.
    #[tokio::test]
    async fn what_can_not_be_kept_at_once_is_kept_later() {
        let dir = tempfile::tempdir().unwrap();
        let (folder, path) = (dir.path().join("recordings"), dir.path().join("cliphound.db"));
        let store = Store::open(&path).await.unwrap();
        let records = Arc::new(Records::open(&folder, &FullDisks::default()).unwrap());
        fs::remove_dir_all(&folder).unwrap();
        fs::write(&folder, "a file where the folder was").unwrap();
        records.clip_urls.append(&clip("A")).unwrap();
        keep(&records, &store, records.unkept()).await;
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
        let mut conn = sqlx::ConnectOptions::connect(&options).await.unwrap();
        let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON waiting_lines
                      BEGIN SELECT RAISE(ABORT, 'for the test'); END";
        sqlx::raw_sql(refuse).execute(&mut conn).await.unwrap();
        records.clip_urls.append(&clip("B")).unwrap();
        keep(&records, &store, records.unkept()).await;
        assert_eq!(store.waiting_lines().await.unwrap().len(), 1);
        sqlx::raw_sql("DROP TRIGGER refuse").execute(&mut conn).await.unwrap();
        keep(&records, &store, records.unkept()).await;
        let kept = store.waiting_lines().await.unwrap();
        let ids: Vec<_> = kept.iter().filter_map(|line| Record::parse(&line.text)).collect();
        assert_eq!(ids, ["A", "B"].map(clip));
        assert!(records.unkept().is_empty());
    }

    /// The database can't be rewritten: what began to wait meanwhile is kept all the same.
    #[tokio::test]
    async fn a_title_that_can_not_be_taken_out_costs_no_other_line() {
        let dir = tempfile::tempdir().unwrap();
        let (folder, path) = (dir.path().join("recordings"), dir.path().join("cliphound.db"));
        let store = Store::open(&path).await.unwrap();
        let records = Arc::new(Records::open(&folder, &FullDisks::default()).unwrap());
        fs::remove_dir_all(&folder).unwrap();
        fs::write(&folder, "a file where the folder was").unwrap();
        let bare = Record { clip_url: None, edit_url: None, ..sample() };
        records.moments.append(&bare, MomentState::Refused).unwrap();
        keep(&records, &store, records.unkept()).await;
        let other = Record { time_ms: bare.time_ms + 1, ..bare.clone() };
        records.moments.append(&other, MomentState::Refused).unwrap();
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
        let mut conn = sqlx::ConnectOptions::connect(&options).await.unwrap();
        let refuse = "CREATE TRIGGER refuse BEFORE UPDATE ON waiting_lines
                      BEGIN SELECT RAISE(ABORT, 'for the test'); END";
        sqlx::raw_sql(refuse).execute(&mut conn).await.unwrap();
        let deleted = Untitled::new([(bare.time_ms, bare.trigger.as_str())]);
        assert!(untitle(&records, &store, deleted).await.is_err());
        let kept = store.waiting_lines().await.unwrap();
        assert!(kept.iter().any(|line| line.text.starts_with(&other.to_line())), "{kept:?}");
    }

    /// A title that chat deletes while its line waits does not come back with the next start.
    #[tokio::test]
    async fn a_title_that_is_deleted_while_its_line_waits_does_not_come_back() {
        let dir = tempfile::tempdir().unwrap();
        let (folder, moved) = (dir.path().join("recordings"), dir.path().join("moved"));
        let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
        let records = Arc::new(Records::open(&folder, &FullDisks::default()).unwrap());
        fs::rename(&folder, &moved).unwrap();
        fs::write(&folder, "a file where the folder was").unwrap();
        let bare =
            Record { clip_url: None, edit_url: None, title: "their words".into(), ..sample() };
        let other = Record { time_ms: bare.time_ms + 1, ..bare.clone() };
        for record in [&bare, &other] {
            records.moments.append(record, MomentState::Refused).unwrap();
            keep(&records, &store, records.unkept()).await;
        }
        let deleted = Untitled::new([(bare.time_ms, bare.trigger.as_str())]);
        assert!(untitle(&records, &store, deleted).await.is_err(), "the file is not there");
        std::mem::forget(records);
        fs::remove_file(&folder).unwrap();
        fs::rename(&moved, &folder).unwrap();

        let records = Arc::new(Records::open(&folder, &FullDisks::default()).unwrap());
        put_back(&records, &store).await;
        let text = fs::read_to_string(folder.join("moments.tsv")).unwrap();
        let mut titles: Vec<_> =
            text.lines().skip(1).filter_map(|line| line.split('\t').nth(8)).collect();
        titles.sort_unstable();
        assert_eq!(titles, ["-", "their words"]);
    }
}
