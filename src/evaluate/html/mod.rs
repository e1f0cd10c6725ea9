//! The report: one HTML file with a picture of each stream, nothing from elsewhere. Pure.

pub mod escape;
mod picture;
mod tip;

use std::fmt::Write as _;

use escape::escape;

use super::{detect::engine::Run, run::Evaluation, stream::Stream, table};

/// Up to so many streams their pictures are unfolded.
const UNFOLDED: usize = 12;

const HEAD: &str = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
<meta name=\"viewport\" content=\"width=device-width\"><title>Cliphound: evaluation</title>\n<style>\n\
body{font:15px/1.45 system-ui,sans-serif;max-width:1240px;margin:1.5em auto;padding:0 1em;color:#1b1f24;background:#fff}\n\
pre{overflow-x:auto;font-size:12px;line-height:1.4}summary{cursor:pointer;padding:.25em 0}\n\
svg{width:100%;height:auto;background:#f6f7f9;border-radius:4px}\n\
.score{fill:none;stroke:#3567b5;stroke-width:1}.limit{fill:none;stroke:#8a8f98;stroke-width:1;stroke-dasharray:4 3}\n\
.label{fill:#e8b931;fill-opacity:.45}.right{stroke:#1a8f4c}.wrong{stroke:#c8372d}.plain{stroke:#7b4bb3}\n\
.trigger line{stroke-width:2}.trigger .reach{stroke:transparent;stroke-width:10;pointer-events:stroke}\n\
.axis{font-size:11px;fill:#5b6068}.key{color:#5b6068}\n\
</style></head><body>\n<h1>Evaluation</h1>\n";

const KEY: &str = "<p class=\"key\">Blue: score. Dashed: threshold. Yellow: highlights marked by people. \
Lines: triggers at 8 clips an hour; green right, red wrong, violet in a stream without labels. \
Hold the mouse over a trigger or a highlight to see what chat said.</p>\n";

/// The pictures, collected stream by stream.
#[derive(Debug, Default)]
pub struct Pages {
    sections: Vec<(String, String)>,
}

impl Pages {
    /// Adds a stream and the engine's run over it.
    pub fn add(&mut self, stream: &Stream, run: &Run) {
        self.sections.push((stream.name.clone(), picture::picture(stream, run)));
    }

    /// The whole file.
    #[must_use]
    pub fn finish(self, evaluation: &Evaluation) -> String {
        let open = if self.sections.len() <= UNFOLDED { " open" } else { "" };
        let mut out = String::from(HEAD);
        let _ = write!(out, "<h2>Streams</h2>\n{KEY}");
        for (name, picture) in &self.sections {
            let name = escape(name);
            let _ = writeln!(out, "<details{open}><summary>{name}</summary>\n{picture}</details>");
        }
        let tables = escape(&table::write(evaluation, false));
        let _ =
            write!(out, "<h2>Tables</h2>\n<pre tabindex=\"0\">{tables}</pre>\n</body></html>\n");
        out
    }
}
