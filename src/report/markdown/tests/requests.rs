//! The texts of a request: data of an issue is only data in them.

use std::sync::Arc;

use super::hostile::{HOSTILE, Page, rendered};
use crate::declare::problem::Problem;
use crate::declare::source::{PathStep, Source};
use crate::model::agent::Field;
use crate::report::{RequestEnd, RequestedChange, request_answer, request_body};

const MISSING: [Field; 2] = [Field::Login, Field::Mobile];

fn change<'a>(file: &'a str, fields: &'a [String], missing: &'a [Field]) -> RequestedChange<'a> {
    RequestedChange { file, is_new: !missing.is_empty(), fields, missing }
}

#[test]
fn a_request_becomes_a_comment_and_a_pull_request() {
    let fields = ["public.phone", "status"].map(str::to_owned);
    let (old, new) = (change("agents/a.yaml", &fields, &[]), change("agents/a.yaml", &fields, &MISSING));
    let shown = [
        request_body(12, "Asker-7", old),
        request_body(12, "asker_shop", new),
        request_answer(RequestEnd::Proposed(old)),
        request_answer(RequestEnd::Unchanged { file: "agents/a.yaml" }),
        request_answer(RequestEnd::Refused { why: "The field \"Changes\" is empty.", problems: &[] }),
    ];
    insta::assert_snapshot!(shown.join("----\n"), @r#"
    Closes #12, asked by @Asker-7.

    Changes `agents/a.yaml`: `public.phone`, `status`.

    ----
    Closes #12, asked by @asker_shop.

    Adds `agents/a.yaml`: `public.phone`, `status`.

    > [!IMPORTANT]
    > **Before the merge**, fill in `private.email` and `private.mobile` in this file, on the branch of the pull request. The check fails until then. Everyone who can read the repository can read the file.

    ----
    <!-- roster request -->
    ### The change is in a pull request

    Changes `agents/a.yaml`: `public.phone`, `status`.

    Compare it with your intention. Then another person reviews and merges it. To correct it, edit the text of this issue: the pull request follows.
    ----
    <!-- roster request -->
    ### Nothing was changed

    `agents/a.yaml` on the main branch has these values already.

    A pull request that this issue opened before stays as it is.
    ----
    <!-- roster request -->
    ### Nothing was changed

    The field `"Changes"` is empty.

    Correct the text of this issue (*Edit* in its menu): then it is read again. A pull request that this issue opened before stays as it is.
    "#);
}

/// A text in every place that the data of an issue can come to.
fn everywhere(text: &str) -> [String; 3] {
    // Never empty, as in an issue.
    let text = &format!("px{text}xq");
    let fields = [text.clone(), text.clone()];
    let source = Arc::new(Source::new(text.clone(), String::new(), None, true));
    let problem = || Problem::error(&source, 0..0, &[PathStep::Key(text.clone())], text).help(text);
    let problems: Vec<Problem> = (0..60).map(|_| problem()).collect();
    [
        request_body(12, "asker", change(text, &fields, &MISSING)),
        request_answer(RequestEnd::Proposed(change(text, &fields, &[]))),
        request_answer(RequestEnd::Refused { why: text, problems: &problems }),
    ]
}

#[test]
fn no_text_of_an_issue_becomes_markup() {
    let harmless = everywhere("harmless").map(|text| Page::of(&rendered(&text)).elements);
    let long = "@everyone `x` ".repeat(5_000);
    for text in HOSTILE.iter().copied().chain([long.as_str()]) {
        for (document, harmless) in everywhere(text).into_iter().zip(&harmless) {
            let page = Page::of(&rendered(&document));
            assert_eq!(&page.elements, harmless, "{text:?}\n{document}");
            let bare = page.bare.replace("Closes #12, asked by @asker.", "");
            assert!(page.links.is_empty() && !bare.contains(['@', '#', '`', '<', '$']), "{text:?}\n{document}");
            assert!(document.len() < 60_000 * 4, "{} bytes", document.len());
        }
    }
}

#[test]
fn only_the_name_of_an_account_is_a_mention() {
    for login in ["a b", "everyone/x", "a--b", "-a", "", "a`", "a.b", "\u{645}"] {
        let body = request_body(1, login, change("agents/a.yaml", &[], &[]));
        assert!(!body.contains('@') || body.contains('`'), "{body}");
    }
}
