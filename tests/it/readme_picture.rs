//! The README's picture is the program's own output on the sandbox: a stale one fails here.
//!
//! `UPDATE=1 cargo test --test it picture` writes it anew.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use unicode_width::UnicodeWidthChar as _;

const PICTURE: &str = "docs/plan.svg";

#[test]
fn the_picture_in_the_readme_is_what_the_program_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let drawn = draw("roster plan --sandbox", &planned(root));
    if env::var_os("UPDATE").is_some() {
        fs::create_dir_all(root.join("docs")).unwrap();
        fs::write(root.join(PICTURE), &drawn).unwrap();
    }
    let committed = fs::read_to_string(root.join(PICTURE)).unwrap_or_default();
    assert!(committed == drawn, "{PICTURE} is stale: UPDATE=1 cargo test --test it picture, look at it, and commit it");
}

/// The plan of the example agents on a new sandbox, in colour.
fn planned(root: &Path) -> String {
    let folder = tempfile::tempdir().unwrap();
    for entry in walkdir::WalkDir::new(root.join("agents")) {
        let entry = entry.unwrap();
        let to = folder.path().join(entry.path().strip_prefix(root).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir_all(to).unwrap();
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
    fs::copy(root.join("roster.yaml"), folder.path().join("roster.yaml")).unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_roster"))
        .arg("-C")
        .arg(folder.path())
        .args(["plan", "--sandbox", "--color", "always"])
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).unwrap()
}

// A cell of the terminal, and the picture around it, in pixels.
const CELL: f64 = 8.4;
const LINE: f64 = 20.0;
const MARGIN: f64 = 20.0;

/// A terminal that ran a command, as SVG. Every column gets its own place, so that no font can shift what follows, and
/// Arabic is shaped by whoever shows it.
fn draw(command: &str, output: &str) -> String {
    let prompt = format!("\u{1b}[2m$\u{1b}[0m \u{1b}[1m{command}\u{1b}[0m");
    let lines: Vec<Vec<Run>> = [prompt.as_str(), ""].into_iter().chain(output.lines()).map(runs).collect();
    let cells = lines.iter().map(|line| line.iter().map(|run| width(&run.text)).sum()).max().unwrap_or(0_usize);
    let (across, down) = (MARGIN * 2.0 + at(cells), MARGIN * 2.0 + at_line(lines.len()));
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{across:.0}" height="{down:.0}" viewBox="0 0 {across:.0} {down:.0}" role="img" aria-label="What {command} prints">
<style>
text {{ font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre; fill: #e6edf3 }}
.b {{ font-weight: 600 }} .f {{ fill: #8b949e }} .r {{ fill: #ff7b72 }} .g {{ fill: #3fb950 }} .y {{ fill: #d29922 }} .m {{ fill: #bc8cff }}
</style>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
"##
    );
    for (row, line) in lines.iter().enumerate() {
        draw_line(line, MARGIN + at_line(row) + LINE * 0.7, &mut svg);
    }
    svg.push_str("</svg>\n");
    svg
}

fn draw_line(line: &[Run], y: f64, svg: &mut String) {
    let mut cell = 0;
    for run in line {
        for (start, text) in columns(&run.text) {
            let x = MARGIN + at(cell + start);
            // What is written from right to left is as long as its letters make it when they join.
            let joined = text.chars().any(|char| matches!(char, '\u{590}'..='\u{8ff}'));
            let length = if joined { String::new() } else { format!(r#" textLength="{:.1}""#, at(width(&text))) };
            let class = if run.class.is_empty() { String::new() } else { format!(r#" class="{}""#, run.class) };
            let _ = writeln!(svg, r#"<text x="{x:.1}" y="{y:.1}"{class}{length}>{}</text>"#, markup(&text));
        }
        cell += width(&run.text);
    }
}

/// A stretch in one style.
struct Run {
    class: &'static str,
    text: String,
}

/// A line with its ANSI sequences taken apart; isolates are left out, since every column stands by itself.
fn runs(line: &str) -> Vec<Run> {
    let mut runs = Vec::new();
    for (number, part) in line.split("\u{1b}[").enumerate() {
        let (code, text) = if number == 0 { ("0", part) } else { part.split_once('m').unwrap() };
        let class = match code {
            "0" => "",
            "1" => "b",
            "2" => "f",
            "31" => "r",
            "32" => "g",
            "33" => "y",
            "35" => "m",
            other => panic!("no style for the ANSI code {other}"),
        };
        assert!(!text.contains('\u{2067}'), "a whole line from right to left: teach draw_line to draw it");
        let text: String = text.chars().filter(|char| !matches!(char, '\u{2068}' | '\u{2069}')).collect();
        runs.push(Run { class, text });
    }
    runs
}

/// The parts of a text between two or more blanks, each with the cell on which it starts.
fn columns(text: &str) -> Vec<(usize, String)> {
    let mut columns: Vec<(usize, String)> = Vec::new();
    let (mut cell, mut blanks) = (0, 2);
    for char in text.chars() {
        if char == ' ' {
            blanks += 1;
        } else {
            match columns.last_mut() {
                Some((_, column)) if blanks < 2 => {
                    column.push_str(&" ".repeat(blanks));
                    column.push(char);
                }
                _ => columns.push((cell, char.to_string())),
            }
            blanks = 0;
        }
        cell += char.width().unwrap_or(0);
    }
    columns
}

fn width(text: &str) -> usize {
    text.chars().map(|char| char.width().unwrap_or(0)).sum()
}

fn at(cells: usize) -> f64 {
    f64::from(u32::try_from(cells).unwrap()) * CELL
}

fn at_line(lines: usize) -> f64 {
    f64::from(u32::try_from(lines).unwrap()) * LINE
}

fn markup(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
