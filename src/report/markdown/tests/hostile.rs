//! Data that wants to be more than data, in every place of a report: nothing of it is taken for Markdown, HTML, a link or
//! a mention, and nothing of it is lost.

use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use serde_json::json;

use super::super::plan as markdown;
use super::{COMMIT, origin};
use crate::apply::{Applied, Outcome};
use crate::declare::problem::Problem;
use crate::declare::source::{PathStep, Source};
use crate::model::agent::{Channel, Field, Slug};
use crate::model::exit_code::Exit;
use crate::model::record::System;
use crate::reconcile::diff::{Change, Class};
use crate::reconcile::guard::{Guard, GuardBlock};
use crate::reconcile::matching::Orphan;
use crate::reconcile::plan::{Block, Operation, PersonPlan, Plan, Unmanaged, Warning};
use crate::report::tests::{action, change, person, roster};
use crate::report::text::escaped;
use crate::report::{Report, ReportOrigin, ReportSubject};

pub(super) const HOSTILE: &[&str] = &[
    "harmless",
    "",
    " ",
    " a ",
    "`",
    "``",
    "` `",
    "a`b",
    "```\nb",
    "\\`",
    "`\\",
    "\\",
    "x` <b>bold</b> `y",
    "**bold** *em* _em_ __strong__ ~~gone~~ ~gone~",
    "[a](https://evil.example) ![b](https://evil.example/b.png) [c]: https://evil.example",
    "[c][d] [^1] [x] [ ] [!NOTE] [](javascript:alert(1))",
    "<https://evil.example> <a href='https://evil.example'>a</a> <img src=x onerror=alert(1)>",
    "<script>alert(1)</script> <style>*{}</style> <iframe></iframe> <!-- a --> <![CDATA[ a ]]> <?php ?>",
    "</details></code></div></span> </summary> <details open> -->",
    "https://evil.example http://evil.example www.evil.example",
    "ftp://evil.example mailto:a@b.example xmpp:a@b.example/c",
    "evil.example/a?b=c&d a@b.example a.b+c@d-e.example",
    "@everyone @palmgate/admins cc @a",
    "#1 GH-1 palmgate/agents#1 1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d 1a2b3c4 decade defaced",
    ":smile: :+1: ::error::x",
    "| a | b |",
    "a | b\n--- | ---\nc | d",
    "\\| \\\\|",
    "# a",
    "#### Blocked",
    "- a",
    "+ a",
    "* a",
    "1. a",
    "1) a",
    "> a",
    "    a",
    "\ta",
    "---",
    "***",
    "a\n===",
    "a\n---",
    "~~~",
    "````",
    "a\n\n\nb",
    "a\r\n\r\nb",
    "a\u{2028}b\u{2029}c\u{85}d\u{b}e\u{c}f",
    "a  \nb",
    "a\\\nb",
    "&amp; &lt;b&gt; &#64;everyone &copy; &nbsp; & &x;",
    "$a$ $$b$$ $`c`$ \\(d\\)",
    "user\u{202e}gpj.exe \u{2066}a\u{2069}\u{2069} \u{200f}b \u{61c}c",
    "pay\u{200b}pal \u{feff}\u{ad}",
    "a\0b\u{1b}[31m\u{7f}\u{9b}",
    "مستشارة مبيعات",
    "مستشارة `مبيعات` @سارة <b>",
    "سارة\nخان",
    "+ 1",
    "- 1",
    "= a",
    "(",
    "a:",
    "a;b",
    "1.",
    "1)",
    "(1)",
    "www.",
    "http:",
    "GH-",
    "e-mail",
    "isn't",
    "<!-- roster plan · commit 0000000 -->",
];

/// A report of each kind with a text in every place that data can come to. Each place has its own number before and
/// behind it.
struct Everywhere {
    plan: Plan,
    origin: ReportOrigin,
    blocks: Vec<GuardBlock>,
    unread: Vec<String>,
    problems: Vec<Problem>,
    applied: Vec<Applied>,
    /// What must be found again.
    told: Vec<String>,
}

impl Everywhere {
    fn new(text: &str) -> Self {
        let mut told = Vec::new();
        let next = |told: &mut Vec<String>| {
            told.push(format!("p{0}x{text}x{0}q", told.len()));
            told[told.len() - 1].clone()
        };
        let mut at = || next(&mut told);
        let mut fields = vec![
            change(Field::FirstName, json!(at()), json!(null)),
            change(Field::LastName, json!(null), json!(at())),
            change(Field::Description("en".into()), json!("Before it there was not one word of this."), json!(at())),
            change(Field::Theme, json!([at(), at()]), json!("onyx")),
            change(Field::Subscription(at().into(), Channel::Sms), json!(true), json!(false)),
            change(Field::Position(at().into()), json!(null), json!("x")),
            Change { readable: false, ..change(Field::Photo, json!("#0123456789abcdef"), json!(at())) },
            Change { class: Class::Drift, ..change(Field::Phone, json!(at()), json!(null)) },
            Change { class: Class::Conflict, ..change(Field::Email, json!(null), json!(at())) },
        ];
        fields.push(change(Field::Languages, json!(["aa"]), json!(["bb"])));
        let mut sara = person("sara-khan", vec![action(System::Crm, Operation::Update, fields)]);
        sara.file = at();
        let new = vec![
            change(Field::FirstName, json!(null), json!(at())),
            change(Field::Subscription(at().into(), Channel::Sms), json!(null), json!(true)),
            change(Field::Subscription("type.b".into(), Channel::Email), json!(null), json!(at())),
            change(Field::Subscription("type.b".into(), Channel::Sms), json!(null), json!(false)),
        ];
        let fresh = person("fresh", vec![action(System::Pf, Operation::Create, new)]);
        let blocked = PersonPlan { blocked: Some(Block::Saved(at())), ..person("blocked", Vec::new()) };
        let mut adopted = person("adopted", vec![action(System::Crm, Operation::Adopt, Vec::new())]);
        adopted.file = at();
        let same = at();
        let alike = || vec![change(Field::LinkedIn, json!(null), json!(same))];
        let shared = (1..=3).map(|at| person(&format!("s-{at}"), vec![action(System::Pf, Operation::Update, alike())]));
        let plan = Plan {
            people: [sara, fresh, blocked, adopted].into_iter().chain(shared).collect(),
            base: Some(at()),
            orphans: vec![Orphan { crm: 1, agent: at(), pf_user: None }],
            orphans_block: true,
            unmanaged: vec![Unmanaged { system: System::Crm, remote_id: 2, name: at() }],
            warnings: vec![Warning::reported(at())],
            ..Plan::default()
        };
        let block = |guard, digest| GuardBlock {
            guard,
            limit: 0,
            conflicts_and_drift: 0,
            actual: 1,
            digest,
            message: String::new(),
        };
        let blocks = vec![block(Guard::Operation(Operation::Update), Some(at())), block(Guard::Orphans, None)];
        let source = Arc::new(Source::new(at(), String::new(), None, true));
        // A problem writes its own characters for what cannot be seen.
        let problem = Problem::error(&source, 0..0, &[PathStep::Key(text.to_owned())], text).help(text);
        let applied = |outcome, file| Applied { agent: Slug::parse("a").unwrap(), file, done: Vec::new(), outcome };
        Self {
            plan,
            origin: ReportOrigin { folder: format!("{text}/"), ..origin() },
            blocks,
            unread: vec![at()],
            problems: vec![problem],
            applied: vec![applied(Outcome::Failed(at()), at()), applied(Outcome::Done, at())],
            told,
        }
    }

    fn report<T>(&self, look: impl FnOnce(&Report<'_>) -> T) -> T {
        let roster = roster(&[(Field::FirstName, 3)]);
        look(&Report {
            blocks: &self.blocks,
            unread: &self.unread,
            problems: &self.problems,
            applied: Some(&self.applied),
            exit: Exit::Partial,
            ..Report::new(ReportSubject::Apply, &self.origin, &self.plan, &roster)
        })
    }

    fn markdown(&self) -> String {
        self.report(|report| markdown(report, usize::MAX))
    }
}

/// What GitHub's reader makes of a document.
pub(super) fn rendered(markdown: &str) -> String {
    let mut options = comrak::Options::default();
    options.extension.table = true;
    options.extension.autolink = true;
    options.extension.strikethrough = true;
    options.extension.tasklist = true;
    options.extension.footnotes = true;
    options.extension.alerts = true;
    options.extension.math_dollars = true;
    options.extension.math_code = true;
    // GitHub takes HTML as it comes, and filters it then: so that whatever gets in is seen here.
    options.render.r#unsafe = true;
    comrak::markdown_to_html(markdown, &options)
}

/// A page, taken apart.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// Every tag, but for those that only dress data.
    pub(super) elements: Vec<String>,
    /// Where links lead.
    pub(super) links: Vec<String>,
    /// What stands outside of code: the only text that GitHub looks at for mentions, issues, commits and emoji.
    pub(super) bare: String,
    /// All text.
    text: String,
    /// Inside of two texts that are compared.
    compared: bool,
}

impl Page {
    pub(super) fn of(html: &str) -> Self {
        let mut page = Self::default();
        let mut code = 0;
        for (at, part) in html.split('<').enumerate() {
            let text = if at == 0 {
                part
            } else if part.starts_with("!--") {
                part.split_once("-->").unwrap().1
            } else {
                let (tag, text) = part.split_once('>').unwrap();
                code += i32::from(tag == "code" || tag.starts_with("code "));
                code -= i32::from(tag == "/code");
                page.tag(tag, code > 0);
                text
            };
            let text = html_escape::decode_html_entities(text);
            page.text.push_str(&text);
            page.bare.push_str(if code > 0 { "\u{1}" } else { &text });
        }
        assert_eq!(code, 0);
        page
    }

    fn tag(&mut self, tag: &str, in_code: bool) {
        if let Some(href) = tag.strip_prefix("a href=\"") {
            self.links.push(href.trim_end_matches('"').to_owned());
            self.elements.push("a".to_owned());
        } else if ["div dir=\"ltr\"", "div dir=\"rtl\""].contains(&tag) {
            // Long texts are compared by words, in a block of its own.
            self.compared = true;
        } else if self.compared && tag == "/div" {
            self.compared = false;
        } else if self.compared && in_code && ["del", "/del", "ins", "/ins"].contains(&tag) {
            // How many depends on what two texts have in common.
        } else if !["code", "/code", "span dir=\"auto\"", "/span"].contains(&tag) {
            self.elements.push(tag.to_owned());
        }
    }
}

/// What is left of white space where it does not count.
fn squeezed(text: &str) -> String {
    text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Holds that a text is only text, wherever it stands.
fn is_only_text(text: &str) {
    static HARMLESS: LazyLock<Page> = LazyLock::new(|| Page::of(&rendered(&Everywhere::new("harmless").markdown())));
    let harmless = &*HARMLESS;
    let everywhere = Everywhere::new(text);
    let document = everywhere.markdown();
    let page = Page::of(&rendered(&document));
    let differs = page.elements.iter().zip(&harmless.elements).position(|(one, other)| one != other);
    if let Some(at) = differs {
        panic!("{text:?}: {:?}, not {:?}, in\n{document}", &page.elements[at - 2..=at], &harmless.elements[at]);
    }
    assert_eq!(page.elements.len(), harmless.elements.len(), "{text:?}\n{document}");
    assert_eq!(page.links.len(), harmless.links.len());
    for link in &page.links {
        let safe = link.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/:%#".contains(&byte));
        assert!(safe && link.starts_with("https://github.com/palmgate/agents/"), "{text:?}: {link}");
    }
    for word in page.bare.split([' ', '\n', '\u{1}']) {
        let commit = word.len() > 6 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        let acts = commit || word.contains(['@', '#', '`', '<', '$']) || word.contains("://") || word.contains("GH-");
        let emoji = word.starts_with(':') && word.len() > 2 && word.ends_with(':');
        let link = word.starts_with("www.") && word.len() > 4;
        assert!(!acts && !emoji && !link, "{text:?}: {word:?} stands outside of code\n{document}");
    }
    for char in document.chars() {
        assert!(char == '\n' || escaped(&char.to_string()) == char.to_string(), "{text:?}: {char:?}");
    }
    let all = squeezed(&page.text);
    for told in &everywhere.told {
        // Two long texts are compared in one spelling; a run of backticks may be too long for code.
        let compared = Field::Description("en".into()).canonical(&told.as_str().into());
        let ways = [escaped(told), escaped(compared.as_text().unwrap()), escaped(told).replace('`', "\\u{60}")];
        assert!(ways.iter().any(|way| all.contains(&squeezed(way))), "{:?} is not in\n{document}", ways[0]);
    }
    let first = document.lines().next().unwrap();
    assert!(first.starts_with("<!-- roster apply of ") || text.trim_matches('/').is_empty(), "{first}");
    assert_eq!((first.find("-->"), first.matches(" · ").count()), (Some(first.len() - 3), 2), "{first}");
    assert!(first.contains(&format!(" · commit {COMMIT} · digest ")), "{first}");
}

#[test]
fn no_text_becomes_markup_and_none_is_lost() {
    for text in HOSTILE {
        is_only_text(text);
    }
    for run in [31, 33, 79, 81, 100] {
        is_only_text(&"`".repeat(run));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_mixture_of_hostile_texts_becomes_markup(parts in prop::collection::vec(prop::sample::select(HOSTILE), 1..5), other in "\\PC{0,12}") {
        let text: String = parts.concat() + &other;
        is_only_text(&text.chars().take(100).collect::<String>());
    }

    #[test]
    fn no_string_becomes_markup(text in any::<String>()) {
        is_only_text(&text.chars().take(40).collect::<String>());
    }
}
