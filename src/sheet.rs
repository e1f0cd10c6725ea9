//! Tables and sentences that keep within a width: columns as wide as what stands in them, and
//! what does not fit beside the others in rows of its own below. Pure.

/// Characters a line where nobody says how wide it may be.
pub const WIDTH: usize = 100;
/// Blanks between two columns.
const GAP: usize = 2;
/// Names of rows are cut to so many characters; their end says more than their beginning.
const NAME: usize = 40;

/// What is written, and how wide it may be.
#[derive(Debug)]
pub struct Sheet {
    text: String,
    width: usize,
}

impl Sheet {
    /// An empty sheet of so many characters a line.
    #[must_use]
    pub fn new(width: usize) -> Self {
        Self { text: String::new(), width }
    }

    /// What was written.
    #[must_use]
    pub fn finish(self) -> String {
        self.text
    }

    /// A sentence above a table, after an empty line.
    pub fn caption(&mut self, sentence: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.say(sentence);
    }

    /// A sentence. Where it needs more lines, they begin two blanks further in than the first.
    pub fn say(&mut self, sentence: &str) {
        let indent = sentence.len() - sentence.trim_start().len();
        self.flow(&" ".repeat(indent), sentence, indent + 2);
    }

    /// Words behind what their first line begins with; where they need more lines, these begin `indent`
    /// blanks in.
    pub fn flow(&mut self, first: &str, words: &str, indent: usize) {
        let (mut line, mut is_empty) = (first.to_owned(), true);
        for word in words.split_whitespace() {
            let blank = usize::from(!is_empty);
            if !is_empty && line.chars().count() + blank + word.chars().count() > self.width {
                self.line(&line);
                line = " ".repeat(indent) + word;
            } else {
                line += &" ".repeat(blank);
                line += word;
            }
            is_empty = false;
        }
        self.line(&line);
    }

    /// A table. Where it is too wide, its columns are shared out evenly among the fewest parts.
    pub fn table(&mut self, table: &Table) {
        let widths = table.widths();
        let Some((&name, columns)) = widths.split_first() else { return };
        let fewest = self.parts(name, columns, columns.len()).len().max(1);
        let mut from = 1;
        for count in self.parts(name, columns, columns.len().div_ceil(fewest)) {
            let shown = from..from + count;
            for row in &table.rows {
                let mut line = format!("{:name$}", row[0]);
                for (cell, width) in row[shown.clone()].iter().zip(&widths[shown.clone()]) {
                    let width = GAP + width;
                    line += &format!("{cell:>width$}");
                }
                self.line(&line);
            }
            from += count;
        }
    }

    /// How many columns stand side by side in each part, at most `most`.
    fn parts(&self, name: usize, columns: &[usize], most: usize) -> Vec<usize> {
        let (mut parts, mut count, mut wide) = (Vec::new(), 0, name);
        for column in columns {
            if count > 0 && (count == most || wide + GAP + column > self.width) {
                parts.push(count);
                (count, wide) = (0, name);
            }
            count += 1;
            wide += GAP + column;
        }
        parts.extend((count > 0).then_some(count));
        parts
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }
}

/// Rows of cells; the first row holds the names of the columns, the first cell of each its name.
#[derive(Debug)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns besides the one of names.
    #[must_use]
    pub fn new<'a>(columns: impl IntoIterator<Item = &'a str>) -> Self {
        let mut table = Self { rows: Vec::new() };
        table.row("", columns.into_iter().map(str::to_owned));
        table
    }

    /// Adds a row; what is missing stays empty, what is too much is left out.
    pub fn row(&mut self, name: &str, cells: impl IntoIterator<Item = String>) {
        let mut row: Vec<String> = std::iter::once(short(name)).chain(cells).collect();
        if let Some(head) = self.rows.first() {
            row.resize(head.len(), String::new());
        }
        self.rows.push(row);
    }

    /// Characters of the widest cell of each column, names first.
    fn widths(&self) -> Vec<usize> {
        let mut widths = Vec::new();
        for row in &self.rows {
            widths.resize(row.len().max(widths.len()), 0);
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.chars().count().max(*width);
            }
        }
        widths
    }
}

fn short(name: &str) -> String {
    let count = name.chars().count();
    if count <= NAME {
        return name.to_owned();
    }
    std::iter::once('…').chain(name.chars().skip(count - NAME + 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(["one", "two", "three"]);
        table.row("a name", ["1".to_owned(), "-0.02 *".to_owned(), "x".to_owned()]);
        table.row("b", ["100".to_owned(), "-".to_owned()]);
        table
    }

    fn written(width: usize) -> String {
        let mut sheet = Sheet::new(width);
        sheet.caption("What it is");
        sheet.table(&table());
        sheet.finish()
    }

    #[test]
    fn what_fits_stands_side_by_side() {
        let expected = "\
What it is
        one      two  three
a name    1  -0.02 *      x
b       100        -
";
        assert_eq!(written(100), expected);
        assert_eq!(written(27), expected);
    }

    #[test]
    fn what_does_not_fit_stands_below() {
        let expected = "\
What it is
        one      two
a name    1  -0.02 *
b       100        -
        three
a name      x
b
";
        assert_eq!(written(26), expected);
        // Narrower than a column is no reason to lose one.
        assert_eq!(written(3).matches("three").count(), 1);
    }

    #[test]
    fn columns_are_shared_out_evenly() {
        let mut sheet = Sheet::new(29);
        let mut table = Table::new(["one", "two", "three", "four", "five"]);
        table.row("name", []);
        sheet.table(&table);
        let heads: Vec<Vec<&str>> =
            sheet.text.lines().step_by(2).map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(heads, [vec!["one", "two", "three"], vec!["four", "five"]]);
    }

    #[test]
    fn sentences_are_broken_between_words() {
        let mut sheet = Sheet::new(20);
        sheet.say("  the quick brown fox jumps over a lazy dog");
        assert_eq!(sheet.finish(), "  the quick brown\n    fox jumps over a\n    lazy dog\n");
    }

    #[test]
    fn what_a_line_begins_with_stands_beside_all_its_words() {
        let mut sheet = Sheet::new(20);
        sheet.flow("0:05  ", "31 people in 15 s; 12 x Kappa", 6);
        assert_eq!(sheet.finish(), "0:05  31 people in\n      15 s; 12 x\n      Kappa\n");
    }

    #[test]
    fn long_names_keep_their_end() {
        let name = format!("{}/stream 7", "folder".repeat(9));
        assert_eq!(short(&name).chars().count(), NAME);
        assert!(short(&name).starts_with('…') && short(&name).ends_with("folder/stream 7"));
    }
}
