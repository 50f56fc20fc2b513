//! What comments and pages point to is there: headings of docs/vendor-apis.md, and files and headings that pages link to.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use comrak::nodes::NodeValue;
use comrak::{Anchorizer, Arena, Options, parse_document};
use walkdir::{DirEntry, WalkDir};

/// The page with the facts about both vendors' APIs.
const FACTS: &str = "docs/vendor-apis.md";

/// The start of a reference to one of its headings.
const REFERENCE: &str = concat!("docs/vendor-apis.md", ", \"");

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust and Markdown files of the repository.
fn files() -> Vec<PathBuf> {
    let ours = |entry: &DirEntry| {
        let name = entry.file_name().to_string_lossy();
        entry.depth() == 0
            || !(name.starts_with('.') && name != ".github" || name == "target" || name == "node_modules")
    };
    let entries = WalkDir::new(root()).sort_by_file_name().into_iter().filter_entry(ours).map(Result::unwrap);
    let wanted = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "rs" || ending == "md");
    entries.map(DirEntry::into_path).filter(wanted).collect()
}

/// The pages that people read, whose links are checked.
fn pages() -> Vec<PathBuf> {
    let below = |folder: &str| WalkDir::new(root().join(folder)).max_depth(1).into_iter().map(Result::unwrap);
    let paths = below("").chain(below("docs")).map(DirEntry::into_path);
    paths.filter(|path| path.extension().is_some_and(|ending| ending == "md")).collect()
}

/// The headings of a page, their anchors on GitHub, and the targets of its links and pictures.
struct Page {
    headings: HashSet<String>,
    anchors: HashSet<String>,
    targets: Vec<String>,
}

impl Page {
    fn parse(markdown: &str) -> Self {
        let mut options = Options::default();
        options.extension.table = true;
        let (arena, mut anchorizer) = (Arena::new(), Anchorizer::new());
        let mut page = Self { headings: HashSet::new(), anchors: HashSet::new(), targets: Vec::new() };
        for node in parse_document(&arena, markdown, &options).descendants() {
            match &node.data().value {
                NodeValue::Heading(_) => {
                    let heading = node.collect_text();
                    page.anchors.insert(anchorizer.anchorize(&heading));
                    page.headings.insert(heading);
                }
                NodeValue::Link(link) | NodeValue::Image(link) => page.targets.push(link.url.clone()),
                NodeValue::HtmlBlock(block) => page.targets.extend(html_targets(&block.literal)),
                NodeValue::HtmlInline(html) => page.targets.extend(html_targets(html)),
                _ => {}
            }
        }
        page
    }

    fn read(path: &Path) -> Self {
        Self::parse(&fs::read_to_string(path).unwrap())
    }
}

/// The values of `href`, `src` and `srcset`.
fn html_targets(html: &str) -> Vec<String> {
    let values = ["href=\"", "src=\"", "srcset=\""].into_iter().flat_map(|name| html.split(name).skip(1));
    values.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect()
}

/// The text of a file on one line, without the marks of comments, so that a reference may be broken over two lines.
fn unbroken(text: &str) -> String {
    let words = |line: &'_ str| line.trim().trim_start_matches("//").trim_start_matches(['/', '!']).trim().to_owned();
    text.lines().map(words).collect::<Vec<_>>().join(" ")
}

/// What is wrong with the references of a Rust or Markdown file.
fn broken_references(text: &str, headings: &HashSet<String>) -> Vec<String> {
    let text = unbroken(text);
    let named = text.split(REFERENCE).skip(1).map(|rest| rest.split('"').next().unwrap());
    let mut broken: Vec<String> = named
        .filter(|heading| !headings.contains(*heading))
        .map(|heading| format!("{FACTS} has no heading {heading:?}"))
        .collect();
    // Earlier comments cited two documents that are not in the repository.
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || "()[]`\",;:*".contains(c)).collect();
    if words.iter().any(|word| word.trim_end_matches('.') == concat!("api", ".md")) {
        broken.push(format!("{} is not in the repository", concat!("api", ".md")));
    }
    let numbered =
        |pair: &[&str]| pair[0].eq_ignore_ascii_case("design") && pair[1].starts_with(|c: char| c.is_ascii_digit());
    if words.windows(2).any(numbered) {
        broken.push("a reference to a numbered section of a design, which is not in the repository".to_owned());
    }
    broken
}

/// The relative links of a page that lead nowhere.
fn broken_links(path: &Path, page: &Page) -> Vec<String> {
    let leads_nowhere = |target: &&String| {
        let (file, anchor) = target.split_once('#').map_or((target.as_str(), None), |(file, at)| (file, Some(at)));
        let file = if file.is_empty() { path.to_owned() } else { path.parent().unwrap().join(file) };
        let is_page = file.extension().is_some_and(|ending| ending == "md");
        !file.exists() || anchor.is_some_and(|anchor| is_page && !Page::read(&file).anchors.contains(anchor))
    };
    let relative = page.targets.iter().filter(|target| !target.contains(':'));
    relative.filter(leads_nowhere).map(|target| format!("the link {target} leads nowhere")).collect()
}

#[test]
fn comments_and_pages_name_headings_and_documents_that_exist() {
    let headings = Page::read(&root().join(FACTS)).headings;
    let (mut broken, mut references) = (Vec::new(), 0);
    for path in files() {
        let text = fs::read_to_string(&path).unwrap();
        references += unbroken(&text).matches(REFERENCE).count();
        broken.extend(broken_references(&text, &headings).into_iter().map(|why| format!("{}: {why}", path.display())));
    }
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(references > 80, "only {references} references were found");
}

#[test]
fn relative_links_lead_to_files_and_headings_that_exist() {
    let (mut broken, mut links) = (Vec::new(), 0);
    for path in pages() {
        let page = Page::read(&path);
        links += page.targets.len();
        broken.extend(broken_links(&path, &page).into_iter().map(|why| format!("{}: {why}", path.display())));
    }
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(links > 30, "only {links} links were found");
}

#[test]
fn every_fact_about_the_vendors_has_a_mark() {
    let page = fs::read_to_string(root().join(FACTS)).unwrap();
    let facts = page.split("\n## ").skip(1).flat_map(|section| section.split("\n- ").skip(1));
    let marked = |fact: &&str| ["`documented`", "`seen`", "`assumed`"].iter().any(|mark| fact.contains(mark));
    let unmarked: Vec<&str> = facts.filter(|fact| !marked(fact)).collect();
    assert!(unmarked.is_empty(), "{unmarked:#?}");
}

#[test]
fn broken_references_and_links_are_found() {
    let headings = HashSet::from(["CRM: token".to_owned()]);
    let table = [
        (concat!("(docs/vendor-apis", ".md, \"CRM: token\")"), 0),
        (concat!("/// See (docs/vendor-apis", ".md,\n    /// \"CRM:\n    /// token\")"), 0),
        (concat!("//! (docs/vendor-apis", ".md, \"CRM: tokens\")"), 1),
        (concat!("as api", ".md 1.3 says"), 1),
        (concat!("section 4 of api", ".md."), 1),
        (concat!("never sent (design", " 2.4)"), 1),
        (concat!("(api", ".md 1.3, design", "\n/// 3)"), 2),
        ("a design for 3 systems; https://example.com/api/mdx; docs/vendor-apis.md", 0),
    ];
    for (text, want) in table {
        let broken = broken_references(text, &headings);
        assert_eq!(broken.len(), want, "{text}: {broken:?}");
    }

    let page = Page::parse(
        "[a](docs/wiring.md) [b](https://example.com/none) [c](none.md) <img src=\"docs/none.png\">\n\n\
         [d](README.md#none) [e](#none) [f](ARCHITECTURE.md#code-map)",
    );
    let broken = broken_links(&root().join("README.md"), &page);
    let want = ["none.md", "docs/none.png", "README.md#none", "#none"].map(|to| format!("the link {to} leads nowhere"));
    assert_eq!(broken, want);
}
