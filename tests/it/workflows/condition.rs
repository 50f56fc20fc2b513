//! The conditions of jobs and steps, so far as these workflows use GitHub's language.

use std::collections::BTreeMap;

/// What a condition can ask for.
pub(super) struct Facts<'a> {
    pub(super) known: &'a BTreeMap<String, String>,
    /// Whether everything that it depends on succeeded.
    pub(super) success: bool,
    /// Whether somebody cancelled the run.
    pub(super) cancelled: bool,
}

impl Facts<'_> {
    /// Whether a job or step with this `if:` runs. One that asks for no status runs after success alone.
    pub(super) fn hold(&self, condition: &str) -> bool {
        let condition = condition.trim().trim_start_matches("${{").trim_end_matches("}}");
        let asks = ["always()", "cancelled()", "failure()", "success()"].iter().any(|name| condition.contains(name));
        let mut rest = Rest { facts: self, tokens: tokens(condition) };
        let holds = rest.tokens.is_empty() || truth(&rest.either());
        assert!(rest.tokens.is_empty(), "{condition}: {:?} is left", rest.tokens);
        holds && (asks || (self.success && !self.cancelled))
    }

    /// The value of an expression.
    pub(super) fn value(&self, expression: &str) -> String {
        let mut rest = Rest { facts: self, tokens: tokens(expression) };
        let value = rest.either();
        assert!(rest.tokens.is_empty(), "{expression}: {:?} is left", rest.tokens);
        value
    }
}

/// What of a condition is not read yet, the next at the end.
struct Rest<'a> {
    facts: &'a Facts<'a>,
    tokens: Vec<String>,
}

impl Rest<'_> {
    fn take(&mut self, token: &str) -> bool {
        let next = self.tokens.last().is_some_and(|next| next == token);
        if next {
            self.tokens.pop();
        }
        next
    }

    fn either(&mut self) -> String {
        let mut value = self.both();
        while self.take("||") {
            let other = self.both();
            value = if truth(&value) { value } else { other };
        }
        value
    }

    fn both(&mut self) -> String {
        let mut value = self.compared();
        while self.take("&&") {
            let other = self.compared();
            value = if truth(&value) { other } else { value };
        }
        value
    }

    fn compared(&mut self) -> String {
        let value = self.one();
        if self.take("==") {
            (value == self.one()).to_string()
        } else if self.take("!=") {
            (value != self.one()).to_string()
        } else {
            value
        }
    }

    fn one(&mut self) -> String {
        if self.take("!") {
            return (!truth(&self.one())).to_string();
        }
        if self.take("(") {
            let value = self.either();
            assert!(self.take(")"), "a bracket is open");
            return value;
        }
        let token = self.tokens.pop().unwrap();
        if let Some(text) = token.strip_prefix('\'') {
            return text.to_owned();
        }
        if token == "contains" && self.take("(") {
            let all = self.either();
            assert!(self.take(","), "contains() has two arguments");
            let one = self.either();
            assert!(self.take(")"), "a bracket is open");
            return all.lines().any(|line| line == one).to_string();
        }
        if self.take("(") {
            assert!(self.take(")"), "{token} with arguments is not known");
            let answer = match token.as_str() {
                "always" => true,
                "cancelled" => self.facts.cancelled,
                "success" => self.facts.success,
                _ => panic!("{token}() is not known"),
            };
            return answer.to_string();
        }
        let context = ["needs.", "steps.", "inputs.", "github."].iter().any(|context| token.starts_with(context));
        let known = self.facts.known.get(&token).cloned();
        assert!(context || known.is_some(), "{token} is not known");
        known.unwrap_or_default()
    }
}

fn truth(value: &str) -> bool {
    !value.is_empty() && value != "false"
}

/// Names, operators, and texts behind a `'`; the first at the end.
fn tokens(condition: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = condition.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' => {
                let text = rest[1..].split('\'').next().unwrap();
                found.push(format!("'{text}"));
                rest = rest[text.len() + 2..].trim_start();
                continue;
            }
            '(' | ')' | ',' => 1,
            '!' if !rest.starts_with("!=") => 1,
            '&' | '|' | '=' | '!' => 2,
            _ => rest.find(|letter: char| !letter.is_alphanumeric() && !"._-*".contains(letter)).unwrap_or(rest.len()),
        };
        assert!(length > 0, "{rest}");
        found.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    found.reverse();
    found
}

#[test]
fn conditions_are_evaluated_as_github_does() {
    let known = [
        ("needs.plan.result", "success"),
        ("steps.one.outputs.go", "ask"),
        // The members of a list, a line each.
        ("github.event.labels.*.name", "a: b\nc"),
    ];
    let known = known.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let facts = |success, cancelled| Facts { known: &known, success, cancelled };
    for (condition, usual, failed, cancelled) in [
        ("", true, false, false),
        ("needs.plan.result == 'success'", true, false, false),
        ("steps.one.outputs.go != 'ask'", false, false, false),
        ("${{ always() }}", true, true, true),
        ("${{ !cancelled() && needs.plan.result == 'success' }}", true, true, false),
        ("always() && (needs.ask.result == '' && steps.one.outputs.go)", true, true, true),
        ("always() && steps.two.outputs.go || !always()", false, false, false),
        ("always() || cancelled() && cancelled()", true, true, true),
        ("contains(github.event.labels.*.name, 'a: b') && always()", true, true, true),
        ("contains(github.event.labels.*.name, 'a')", false, false, false),
    ] {
        let held = [facts(true, false), facts(false, false), facts(false, true)].map(|facts| facts.hold(condition));
        assert_eq!(held, [usual, failed, cancelled], "{condition}");
    }
}
