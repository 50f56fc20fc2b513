//! What the generated schemas need beyond `schemars`: nullable values and documented enums that editors can read.

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

/// The schema of a file: draft 2020-12, everything inlined, so that each key's own text is at its place.
#[must_use]
pub fn of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let tidy = |schema: &mut Schema| {
        list_values(schema);
        forget_widths(schema);
        describe_in_markdown(schema);
    };
    let mut generator = settings.with_transform(RecursiveTransform(tidy)).into_generator();
    let mut schema = Map::new();
    if let Value::Object(mut generated) = generator.root_schema_for::<T>().to_value() {
        // The description of the file comes first.
        for keyword in ["$schema", "title", "description"] {
            schema.extend(generated.remove(keyword).map(|value| (keyword.to_owned(), value)));
        }
        schema.extend(generated);
    }
    Value::Object(schema)
}

/// Editors show a description as it is, backticks and all, unless it is called Markdown.
fn describe_in_markdown(schema: &mut Schema) {
    let description = schema.get("description").filter(|text| text.as_str().is_some_and(|text| text.contains('`')));
    if let Some(text) = description.cloned() {
        schema.insert("markdownDescription".to_owned(), text);
    }
}

/// `uint32` is not a format of JSON Schema; the limits are complete.
fn forget_widths(schema: &mut Schema) {
    let width = schema.get("format").and_then(Value::as_str).is_some_and(|format| format.starts_with("uint"));
    if width {
        schema.remove("format");
    }
}

/// Turns `oneOf` of documented constants into `enum` with `enumDescriptions`. Out of a `oneOf` an editor shows the
/// first variant's text in place of the field's, and a validator can only report that nothing matched.
pub(super) fn list_values(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else { return };
    let Some(Value::Array(variants)) = object.get("oneOf") else { return };
    let constants: Option<Vec<(Value, Value)>> = variants.iter().map(documented_constant).collect();
    let Some(constants) = constants else { return };
    object.remove("oneOf");
    let (values, texts): (Vec<Value>, Vec<Value>) = constants.into_iter().unzip();
    describe_values(object, values, texts);
}

fn documented_constant(variant: &Value) -> Option<(Value, Value)> {
    let value = variant.get("const")?.clone();
    Some((value, variant.get("description").cloned().unwrap_or_else(|| json!(""))))
}

/// Writes a list of values of text and what each of them means, for validators and for two families of editors.
pub(super) fn describe_values(object: &mut Map<String, Value>, values: Vec<Value>, texts: Vec<Value>) {
    object.insert("type".to_owned(), json!("string"));
    object.insert("enum".to_owned(), Value::Array(values));
    object.insert("enumDescriptions".to_owned(), Value::Array(texts.clone()));
    object.insert("markdownEnumDescriptions".to_owned(), Value::Array(texts));
}

/// Allows null beside what is allowed.
pub(super) fn nullable(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else { return };
    match object.get_mut("type") {
        Some(Value::Array(types)) => types.push(json!("null")),
        Some(one) => *one = json!([one.clone(), "null"]),
        None => return,
    }
    for (list, null) in
        [("enum", Value::Null), ("enumDescriptions", json!(CLEARS)), ("markdownEnumDescriptions", json!(CLEARS))]
    {
        if let Some(Value::Array(values)) = object.get_mut(list) {
            values.push(null);
        }
    }
}

/// Each system reports the values that it has no empty form for (`cannot_hold`).
const CLEARS: &str = "Clears the value, where the system has an empty form for it.";
