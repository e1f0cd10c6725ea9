//! E-mail: made and sent by lettre, to an address that was checked.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context as _;
use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp::{
        authentication::Credentials,
        client::{Certificate, Tls as LettreTls, TlsParameters},
        extension::ClientId,
        response::Response,
    },
};

use super::{
    net::{self, Reach},
    news::News,
    text,
    verdict::Verdict,
};
use crate::{
    config::{
        Alert,
        alerts::{AlertTemplate, Receiver, Tls},
    },
    evaluate::html::escape::escape,
};

/// Time for each step of the talk with the server, in real time.
const STEP_TIMEOUT: Duration = Duration::from_secs(15);
/// Addresses of a server that are tried: a route may be broken.
const MOST_ADDRESSES: usize = 8;
/// Longest subject, in characters.
const MOST_SUBJECT: usize = 150;

/// One attempt.
pub async fn send(alert: &Alert, news: &News) -> Verdict {
    let Receiver::Email { host, port, .. } = &alert.to else {
        return Verdict::Never { for_all: true, why: "this is no e-mail".to_owned() };
    };
    match Reach::of(alert).resolve(host, *port).await {
        Ok(addresses) => send_over(&addresses, alert, news).await,
        Err(error) => net::trouble(error.as_ref()),
    }
}

/// One attempt over the first of these addresses that can be reached.
pub(super) async fn send_over(addresses: &[SocketAddr], alert: &Alert, news: &News) -> Verdict {
    let Receiver::Email { host, port, tls, login, from, to } = &alert.to else {
        return Verdict::Never { for_all: true, why: "this is no e-mail".to_owned() };
    };
    let never = |error: anyhow::Error| Verdict::Never { for_all: true, why: format!("{error:#}") };
    let message = match message(from, to, &alert.name, alert.template.as_ref(), news) {
        Ok(message) => message,
        Err(error) => return Verdict::Never { for_all: false, why: format!("{error:#}") },
    };
    let tls = match security(alert, host, *tls) {
        Ok(tls) => tls,
        Err(error) => return never(error),
    };
    let mut verdict = net::timed_out();
    for address in addresses.iter().take(MOST_ADDRESSES) {
        // By its address: what was checked is what is dialled. TLS goes by the name.
        let mut transport =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(address.ip().to_string())
                .port(*port)
                .hello_name(ClientId::Domain("cliphound.invalid".to_owned()))
                .timeout(Some(STEP_TIMEOUT))
                .tls(tls.clone());
        if let Some((name, password)) = login {
            let password = password.expose().to_owned();
            transport = transport.credentials(Credentials::new(name.clone(), password));
        }
        verdict = match transport.build().send(message.clone()).await {
            Ok(answer) => sent(&answer),
            // Nothing was said there.
            Err(error) if is_out_of_reach(&error) => {
                verdict = judge(&error);
                continue;
            }
            Err(error) => judge(&error),
        };
        break;
    }
    verdict
}

fn sent(answer: &Response) -> Verdict {
    let words = answer.message().collect::<Vec<_>>().join(" ");
    Verdict::Sent(cliphound_twitch::words::told(&format!("{} {words}", answer.code())))
}

/// No connection came about. lettre knows it, and says so in words only.
pub(super) fn is_out_of_reach(error: &lettre::transport::smtp::Error) -> bool {
    error.to_string().starts_with("Connection error")
}

fn judge(error: &lettre::transport::smtp::Error) -> Verdict {
    let code = error.status().map(u16::from);
    let words = cliphound_twitch::words::told(&chain(error));
    match code {
        // Log-in: RFC 4954.
        Some(530 | 534 | 535 | 538) => Verdict::Never {
            for_all: true,
            why: format!(
                "the mail server refuses the log-in: check username and password ({words})"
            ),
        },
        _ if error.is_permanent() => Verdict::Never {
            for_all: false,
            why: format!("the mail server does not take it ({words})"),
        },
        _ => net::trouble(error),
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let (mut words, mut next) = (error.to_string(), error.source());
    while let Some(error) = next {
        words = format!("{words}: {error}");
        next = error.source();
    }
    words
}

/// How the way there is encrypted. Reads the certificate, if one is named: a few kB.
fn security(alert: &Alert, host: &str, tls: Tls) -> anyhow::Result<LettreTls> {
    if tls == Tls::None {
        return Ok(LettreTls::None);
    }
    let mut parameters = TlsParameters::builder(host.to_owned());
    if let Some(path) = &alert.ca_file {
        let certificate = Certificate::from_pem(&net::certificate(path)?)
            .with_context(|| format!("{} is no certificate (PEM)", path.display()))?;
        parameters = parameters.add_root_certificate(certificate);
    }
    let parameters = parameters.build_rustls().context("TLS can't be used on this system")?;
    Ok(if tls == Tls::Implicit {
        LettreTls::Wrapper(parameters)
    } else {
        LettreTls::Required(parameters)
    })
}

/// The message, as plain text and as HTML. Its id is the same for each attempt, so that a
/// server that has it already can tell.
fn message(
    from: &Mailbox,
    to: &[Mailbox],
    alert: &str,
    template: Option<&AlertTemplate>,
    news: &News,
) -> anyhow::Result<Message> {
    let plain = text::plain_text(template, news);
    let as_it_is = |text: &str| text.to_owned();
    let headline = text::line(&match template {
        Some(_) => plain.lines().next().unwrap_or_default().to_owned(),
        None => text::headline(news, &as_it_is),
    });
    let subject: String = headline.chars().take(MOST_SUBJECT).collect();
    let sign = |c: char| if c.is_ascii_alphanumeric() { c } else { '.' };
    let id: String = format!("{}-{}-{alert}", news.event, news.key).chars().map(sign).collect();
    let mut builder = Message::builder()
        .from(from.clone())
        .subject(subject)
        .message_id(Some(format!("<{id}@{}>", from.email.domain())));
    for mailbox in to {
        builder = builder.to(mailbox.clone());
    }
    let html = html(template.map(|_| plain.as_str()), news);
    let mut message = builder.multipart(MultiPart::alternative_plain_html(plain, html))?;
    // So that nobody's out-of-office note answers.
    let name = HeaderName::new_from_ascii_str("Auto-Submitted");
    message.headers_mut().insert_raw(HeaderValue::new(name, "auto-generated".to_owned()));
    Ok(message)
}

fn html(filled: Option<&str>, news: &News) -> String {
    let lines = |text: &str| escape(text).replace('\n', "<br>\n");
    let mut html = "<!doctype html>\n<html><body>\n".to_owned();
    match filled {
        Some(text) => html.push_str(&format!("<p>{}</p>\n", lines(text))),
        None => {
            let as_it_is = |text: &str| text.to_owned();
            let headline = escape(&text::headline(news, &as_it_is));
            let details = lines(&text::details(news, &as_it_is).join("\n"));
            html.push_str(&format!("<p><b>{headline}</b></p>\n<p>{details}</p>\n"));
        }
    }
    if let Some(link) = &news.url {
        html.push_str(&format!("<p><a href=\"{}\">{}</a></p>\n", escape(link), text::link(news)));
    }
    if let Some(picture) = &news.thumbnail {
        html.push_str(&format!(
            "<p><img src=\"{}\" alt=\"\" width=\"480\"></p>\n",
            escape(picture)
        ));
    }
    html.push_str("</body></html>\n");
    html
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::news::tests::sample;

    fn formatted(news: &News, template: Option<&str>) -> String {
        let template = template.map(|text| text.parse().unwrap());
        let from = "Cliphound <c@example.org>".parse().unwrap();
        let to = ["me@example.org".parse().unwrap()];
        let message = message(&from, &to, "team", template.as_ref(), news).unwrap();
        String::from_utf8(message.formatted()).unwrap()
    }

    #[test]
    fn a_title_can_add_no_header_and_no_tag() {
        let title = "a\r\nBcc: all@example.org\r\n\r\n<script>x</script>\u{202e}";
        let mail = formatted(&News { title: title.to_owned(), ..sample() }, None);
        let (head, body) = mail.split_once("\r\n\r\n").unwrap();
        assert!(!head.contains("\r\nBcc:"), "{head}");
        assert!(head.contains("Message-ID: <clip.7.1790000000000.team@example.org>"), "{head}");
        assert!(head.contains("Auto-Submitted: auto-generated"), "{head}");
        let unfolded = body.replace("=\r\n", "");
        let html = unfolded.split("text/html").nth(1).unwrap();
        assert!(!html.contains("<script"), "{html}");
        assert!(html.contains("&lt;script&gt;"), "{html}");
    }

    #[test]
    fn the_first_line_of_a_template_is_the_subject() {
        let mail = formatted(&sample(), Some("{channel}\n{url}"));
        assert!(mail.contains("Subject: ninja\r\n"), "{mail}");
    }
}
