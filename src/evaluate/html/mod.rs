//! The report: one HTML file with a picture of each stream, nothing from elsewhere. Pure.

pub mod escape;
mod picture;
mod tip;

use std::fmt::Write as _;

use escape::escape;

use super::{detect::engine::Run, run::Evaluation, stream::Stream, table};

/// Up to so many streams their pictures are unfolded.
const UNFOLDED: usize = 12;
/// Characters of a table's line: what the page's column holds.
const WIDTH: usize = 150;

/// The beginning of each report. Nothing may be loaded, whatever chat says.
pub const HEAD: &str = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
script-src 'unsafe-inline'\">\n\
<meta name=\"viewport\" content=\"width=device-width\"><title>Cliphound: evaluation</title>\n";
const STYLE: &str = include_str!("report.css");
const SCRIPT: &str = include_str!("report.js");

const KEY: &str = "<p class=\"key\">Blue: score. Dashed: threshold. Yellow: highlights marked by people. \
Lines: triggers at 8 clips an hour; green right, red wrong, violet in a stream without labels. \
Hold the mouse anywhere (or press Tab to go from trigger to trigger) to see what chat said there.</p>\n";

/// The pictures, collected stream by stream.
#[derive(Debug, Default)]
pub struct Pages {
    sections: Vec<Section>,
}

#[derive(Debug)]
struct Section {
    name: String,
    about: String,
    picture: String,
}

impl Pages {
    /// Adds a stream and the engine's run over it.
    pub fn add(&mut self, stream: &Stream, run: &Run) {
        self.sections.push(Section {
            name: stream.name.clone(),
            about: picture::about(stream, run),
            picture: picture::picture(stream, run),
        });
    }

    /// The whole file.
    #[must_use]
    pub fn finish(self, evaluation: &Evaluation) -> String {
        let open = if self.sections.len() <= UNFOLDED { " open" } else { "" };
        let mut out = format!("{HEAD}<style>\n{STYLE}</style></head><body>\n<h1>Evaluation</h1>\n");
        let _ = write!(out, "<h2>Streams</h2>\n{KEY}");
        for Section { name, about, picture } in &self.sections {
            let _ = writeln!(
                out,
                "<details{open}><summary>{} <small>{about}</small></summary>\n\
                 <div class=\"picture\">{picture}</div></details>",
                escape(name)
            );
        }
        let tables = escape(&table::write(evaluation, false, WIDTH));
        let _ = writeln!(out, "<h2>Tables</h2>\n<pre tabindex=\"0\">{tables}</pre>");
        let _ = writeln!(out, "<script>\n{SCRIPT}</script>\n</body></html>");
        out
    }
}
