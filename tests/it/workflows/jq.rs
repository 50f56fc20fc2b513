//! The filters that scripts give to `gh --jq`. `gh` has them built in, so a machine needs no jq.

use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, data, unwrap_valr};
use jaq_json::{Val, read};
use serde_json::Value;

/// What a filter prints: texts as they are, everything else as JSON, a line each.
pub(super) fn run(filter: &str, input: &Value) -> String {
    let definitions = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
    let functions = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
    let arena = Arena::default();
    let modules = Loader::new(definitions).load(&arena, File { code: filter, path: () });
    let modules = modules.unwrap_or_else(|error| panic!("{filter}: {error:?}"));
    let compiled = Compiler::default().with_funs(functions).compile(modules);
    let compiled = compiled.unwrap_or_else(|error| panic!("{filter}: {error:?}"));
    let context = Ctx::<data::JustLut<Val>>::new(&compiled.lut, Vars::new([]));
    let input = read::parse_single(input.to_string().as_bytes()).unwrap();
    let lines = compiled.id.run((context, input)).map(|value| {
        let json = unwrap_valr(value).unwrap_or_else(|error| panic!("{filter}: {error:?}")).to_string();
        let text = serde_json::from_str::<Value>(&json).unwrap();
        text.as_str().map_or(json, str::to_owned) + "\n"
    });
    lines.collect()
}

#[test]
fn a_filter_prints_what_gh_prints() {
    let rows = serde_json::json!([{"n": 1, "text": "a\nb"}, {"n": 2, "text": null}]);
    assert_eq!(run(r#".[] | select((.text // "") | startswith("a")) | .n"#, &rows), "1\n");
    assert_eq!(run(".[0].text", &rows), "a\nb\n");
}
