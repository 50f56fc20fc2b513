//! The same work with nothing around it: what reading, parsing, checking and fetching cost with the crates of roster in a bare
//! loop. `benches/compare` runs it beside `roster`.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout, clippy::unwrap_used)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{env, fs};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use granit_parser::{Event, Parser, ScalarStyle, StrInput};
use jsonschema::Validator;
use rayon::prelude::*;
use reqwest::Client;
use serde_json::{Map, Value, json};

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

const USAGE: &str = "floor read DIR | validate SCHEMA DIR | fetch PEOPLE | plan SCHEMA DIR";

/// As many pages of one system as `roster` asks for at the same time.
const AT_ONCE: usize = 6;
const PAGE: usize = 100;

fn main() -> Fallible<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["read", folder] => println!("{} bytes", read(&files(folder)?)?),
        ["validate", schema, folder] => println!("{} files", validate(schema, &files(folder)?)?.len()),
        ["fetch", people] => println!("{} bytes", runtime()?.block_on(fetch(people.parse()?))?),
        ["plan", schema, folder] => println!("{} differences", plan(schema, &files(folder)?)?),
        // `cargo bench` runs every benchmark without a word of its own.
        [] | ["--bench"] => println!("{USAGE}"),
        _ => return Err(USAGE.into()),
    }
    Ok(())
}

fn files(folder: &str) -> Fallible<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut files: Vec<PathBuf> = entries.collect::<Result<_, _>>()?;
    files.sort();
    Ok(files)
}

fn read(files: &[PathBuf]) -> Fallible<usize> {
    files.iter().map(|file| Ok(fs::read(file)?.len())).sum()
}

/// Every file, parsed and checked on one thread; only its name is kept.
fn validate<'f>(schema: &str, files: &'f [PathBuf]) -> Fallible<Vec<&'f Path>> {
    let validator = validator(schema)?;
    files.iter().map(|file| valid(&validator, file).map(|_| file.as_path())).collect()
}

fn validator(schema: &str) -> Fallible<Validator> {
    let schema: Value = serde_json::from_slice(&fs::read(schema)?)?;
    Ok(jsonschema::options().should_validate_formats(true).should_ignore_unknown_formats(true).build(&schema)?)
}

fn valid(validator: &Validator, file: &Path) -> Fallible<Value> {
    let value = parse(&fs::read_to_string(file)?)?;
    if validator.is_valid(&value) { Ok(value) } else { Err(format!("{} is not valid", file.display()).into()) }
}

fn parse(text: &str) -> Fallible<Value> {
    let mut parser = Parser::new_from_str(text);
    loop {
        match next(&mut parser)? {
            Event::StreamStart | Event::DocumentStart(..) => {}
            event => return node(&mut parser, event),
        }
    }
}

type YamlParser<'input> = Parser<'input, StrInput<'input>>;

fn next<'input>(parser: &mut YamlParser<'input>) -> Fallible<Event<'input>> {
    Ok(parser.next().ok_or("the text ends too early")??.0)
}

fn node<'input>(parser: &mut YamlParser<'input>, event: Event<'input>) -> Fallible<Value> {
    match event {
        Event::Scalar(text, ScalarStyle::Plain, ..) => Ok(plain(&text)),
        Event::Scalar(text, ..) => Ok(Value::from(&*text)),
        Event::SequenceStart(..) => {
            let mut items = Vec::new();
            loop {
                match next(parser)? {
                    Event::SequenceEnd => return Ok(Value::Array(items)),
                    event => items.push(node(parser, event)?),
                }
            }
        }
        Event::MappingStart(..) => {
            let mut members = Map::new();
            loop {
                match next(parser)? {
                    Event::MappingEnd => return Ok(Value::Object(members)),
                    Event::Scalar(key, ..) => {
                        let event = next(parser)?;
                        members.insert(key.into_owned(), node(parser, event)?);
                    }
                    event => return Err(format!("a key is {event:?}").into()),
                }
            }
        }
        event => Err(format!("a value is {event:?}").into()),
    }
}

fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" => Value::Null,
        "true" => Value::from(true),
        "false" => Value::from(false),
        _ => text.parse::<i64>().map_or_else(|_| Value::from(text), Value::from),
    }
}

fn runtime() -> Fallible<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}

/// One system's listing: its pages, and a token for them.
struct Listing {
    client: Client,
    token: String,
    pages: String,
}

impl Listing {
    async fn crm(client: &Client) -> Fallible<Self> {
        let call = client.post(variable("ROSTER_CRM_TOKEN_URL")?);
        let call = call.basic_auth(variable("CRM_API_KEY")?, Some(variable("CRM_API_SECRET")?));
        let granted: Value =
            call.json(&json!({"scope": "openid", "grant_type": "client_credentials"})).send().await?.json().await?;
        let pages = format!("{}/users?per_page={PAGE}&page=", variable("ROSTER_CRM_URL")?);
        Self::granted(client, &granted["access_token"], pages)
    }

    async fn pf(client: &Client) -> Fallible<Self> {
        let base = variable("ROSTER_PF_URL")?;
        let keys = json!({"apiKey": variable("PF_API_KEY")?, "apiSecret": variable("PF_API_SECRET")?});
        let granted: Value = client.post(format!("{base}/v1/auth/token")).json(&keys).send().await?.json().await?;
        Self::granted(client, &granted["accessToken"], format!("{base}/v1/users?perPage={PAGE}&page="))
    }

    fn granted(client: &Client, token: &Value, pages: String) -> Fallible<Self> {
        let token = token.as_str().ok_or("no token was granted")?.to_owned();
        Ok(Self { client: client.clone(), token, pages })
    }

    async fn page(&self, number: usize) -> Fallible<Vec<u8>> {
        let request = self.client.get(format!("{}{number}", self.pages)).bearer_auth(&self.token);
        Ok(request.send().await?.error_for_status()?.bytes().await?.into())
    }

    /// What `reduce` makes of each page, in order.
    async fn pages<T>(&self, people: usize, reduce: impl Fn(Vec<u8>) -> Fallible<T>) -> Fallible<Vec<T>> {
        let pages = stream::iter(1..=people.div_ceil(PAGE)).map(|number| self.page(number)).buffered(AT_ONCE);
        pages.map(|page| reduce(page?)).try_collect().await
    }
}

fn variable(name: &str) -> Fallible<String> {
    env::var(name).map_err(|_| format!("{name} is not set").into())
}

fn client() -> Fallible<Client> {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Client::builder().tls_backend_preconfigured(tls).no_proxy().build()?)
}

/// All pages of both systems, and nothing done with them.
async fn fetch(people: usize) -> Fallible<usize> {
    let client = client()?;
    let (crm, pf) = tokio::try_join!(Listing::crm(&client), Listing::pf(&client))?;
    let length = |page: Vec<u8>| Ok(page.len());
    let (crm, pf) = tokio::try_join!(crm.pages(people, length), pf.pages(people, length))?;
    Ok(crm.into_iter().chain(pf).sum())
}

/// The files, parsed and checked on all cores, and all rows of both systems; then the values that have one name in the file and in
/// the CRM, and the login at Property Finder, are compared.
fn plan(schema: &str, files: &[PathBuf]) -> Fallible<usize> {
    let runtime = runtime()?;
    let listed = runtime.spawn(rows(files.len()));
    let validator = validator(schema)?;
    let agents: Vec<Value> = files.par_iter().map(|file| valid(&validator, file)).collect::<Fallible<_>>()?;
    let (crm, pf) = runtime.block_on(listed)??;
    let by_login = |rows: Vec<Value>, path: &str| -> std::collections::HashMap<String, Value> {
        rows.into_iter().filter_map(|row| Some((row.pointer(path)?.as_str()?.to_owned(), row))).collect()
    };
    let (crm, pf) = (by_login(crm, "/private/email"), by_login(pf, "/email"));
    Ok(agents.iter().map(|agent| differences(agent, &crm, &pf)).sum())
}

type Rows = std::collections::HashMap<String, Value>;

fn differences(agent: &Value, crm: &Rows, pf: &Rows) -> usize {
    let login = agent["private"]["email"].as_str().unwrap_or_default();
    let (Some(crm), Some(_)) = (crm.get(login), pf.get(login)) else { return 1 };
    let compared = ["public", "private"].into_iter().flat_map(|half| {
        let members = agent[half].as_object().into_iter().flatten();
        members.map(move |(name, value)| (value, &crm[half][name]))
    });
    compared.filter(|(declared, held)| declared.is_string() && held.is_string() && declared != held).count()
}

async fn rows(people: usize) -> Fallible<(Vec<Value>, Vec<Value>)> {
    let client = client()?;
    let (crm, pf) = tokio::try_join!(Listing::crm(&client), Listing::pf(&client))?;
    let rows = |member: &'static str| {
        move |page: Vec<u8>| match serde_json::from_slice::<Value>(&page)?[member].take() {
            Value::Array(rows) => Ok(rows),
            _ => Err(format!("a page has no {member}").into()),
        }
    };
    let (crm, pf) = tokio::try_join!(crm.pages(people, rows("users")), pf.pages(people, rows("data")))?;
    Ok((crm.into_iter().flatten().collect(), pf.into_iter().flatten().collect()))
}
