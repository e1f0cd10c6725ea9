//! How each alert is, by what became of the last one. Nothing is sent.

use cliphound_store::{OutboxSum, look_at_alerts};

use super::finding::Finding;
use crate::config::{Alert, Config};

/// A line an alert.
pub(super) async fn check(config: &Config) -> Vec<Finding> {
    // What is wrong with the database has its own line.
    let sums = look_at_alerts(&config.dir.database()).await.unwrap_or_default();
    let of = |alert: &Alert| sums.iter().find(|sum| sum.alert == alert.name);
    config.alerts.iter().map(|alert| judge(alert, of(alert))).collect()
}

fn judge(alert: &Alert, sum: Option<&OutboxSum>) -> Finding {
    let (subject, to) = (format!("alert {}", alert.name), &alert.to);
    let ca_file = alert.ca_file.as_ref().filter(|path| !path.is_file());
    if let Some(path) = ca_file {
        let text = format!("ca_file {} is no file: check the path", path.display());
        return Finding::bad(subject, text);
    }
    let Some(sum) = sum else {
        let name = &alert.name;
        return Finding::ok(
            subject,
            format!("{to}; nothing was sent yet, `cliphound alert test {name}` tries it"),
        );
    };
    let waiting = match sum.waiting {
        0 => String::new(),
        count => format!(", {count} wait"),
    };
    if let Some(error) = &sum.waiting_error {
        return Finding::warn(subject, format!("{to}; it is tried again: {error}{waiting}"));
    }
    match (sum.sent_ms, sum.failed_ms) {
        (sent, Some(failed)) if sent.is_none_or(|sent| sent < failed) => {
            let error = sum.failed_error.as_deref().unwrap_or("no reason is known");
            Finding::warn(
                subject,
                format!("{to}; the last one ({}) was not sent: {error}{waiting}", time(failed)),
            )
        }
        (Some(sent), _) => {
            Finding::ok(subject, format!("{to}; the last one was sent {}{waiting}", time(sent)))
        }
        (None, _) => Finding::ok(subject, format!("{to}{waiting}")),
    }
}

fn time(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map(|time| format!("{time:.0}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::story::webhook;

    #[test]
    fn the_last_one_tells() {
        let alert = webhook("hook", "https://a.example/hush");
        let check = |sum: Option<OutboxSum>, expected: &str| {
            assert_eq!(judge(&alert, sum.as_ref()).to_string(), expected);
        };
        check(
            None,
            "ok    alert hook    webhook at a.example, unsigned; nothing was sent yet, `cliphound alert test hook` tries it",
        );
        let failed = OutboxSum {
            failed_ms: Some(5_000),
            sent_ms: Some(4_000),
            failed_error: Some("gone".to_owned()),
            waiting: 2,
            ..OutboxSum::default()
        };
        check(
            Some(failed.clone()),
            "warn  alert hook    webhook at a.example, unsigned; the last one (1970-01-01T00:00:05Z) was not sent: gone, 2 wait",
        );
        check(
            Some(OutboxSum { sent_ms: Some(6_000), waiting: 0, ..failed.clone() }),
            "ok    alert hook    webhook at a.example, unsigned; the last one was sent 1970-01-01T00:00:06Z",
        );
        check(
            Some(OutboxSum { waiting_error: Some("HTTP 503".to_owned()), ..failed }),
            "warn  alert hook    webhook at a.example, unsigned; it is tried again: HTTP 503, 2 wait",
        );
    }
}
