//! Both clients against a server that answers as a test decides, over real sockets on this machine.

mod listings;
mod refusals;
mod retries;
mod tokens;
mod uploads;
mod writes;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use roster::model::config::{Config, Rate};
use roster::model::record::Row;
use roster::reconcile::observed::Role;
use roster::remote::crm::search::{Sort, SortOrder, UserSearch};
use roster::remote::crm::{CrmReader, CrmWriter, Departure, HandoverIds};
use roster::remote::pf::{PfPatch, PfReader, PfUpdate};
use roster::remote::{ErrorKind, Reader, RemoteError};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::support::error_text;
use crate::support::scripted_server::{CRM_TOKEN, PF_TOKEN, Reply, ScriptedServer, SeenRequest, endpoints, html, ok};

fn user(id: usize) -> Value {
    json!({"id": id, "private": {"email": format!("a{id}@x.ae")}, "public": {}})
}

fn pf_user(id: usize, status: &str) -> Value {
    json!({"id": id, "email": format!("a{id}@x.ae"), "status": status, "publicProfile": {"id": id + 1000}})
}

fn pf_page(rows: &[Value], seen: &SeenRequest) -> Reply {
    let per_page: usize = seen.query("perPage").parse().unwrap();
    let page: Vec<_> = rows.iter().skip((seen.page() - 1) * per_page).take(per_page).collect();
    ok(json!({"data": page, "pagination": {"page": seen.page(), "perPage": per_page, "total": rows.len()}}))
}

fn ids(rows: &[Row]) -> Vec<u64> {
    rows.iter().map(|row| row.id).collect()
}

fn departure(ids: &[u64]) -> Departure {
    Departure::new(ids.iter().copied(), HandoverIds { properties: 7, leads: 8, landlords: 9 }).unwrap()
}
