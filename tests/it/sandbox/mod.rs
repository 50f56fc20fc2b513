//! The sandbox follows docs/vendor-apis.md with every setting of its switches, and fails only where a test asks for it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod crm;
mod faults;
mod pf;
mod store;

use reqwest::{Client, Method, Response};
use roster::sandbox::{Behaviour, CRM_KEY, CRM_SECRET, PF_KEY, PF_SECRET, Sandbox, SandboxOptions};
use serde_json::{Value, json};

use crate::support::scripted_server::loopback_client;

/// A sandbox, and somebody who talks to it.
struct Bench {
    sandbox: Sandbox,
    http: Client,
}

/// What was answered.
#[derive(Debug)]
struct Said {
    status: u16,
    body: Value,
    text: String,
    warnings: Vec<String>,
}

impl Bench {
    async fn new() -> Self {
        Self::with(SandboxOptions::default()).await
    }

    async fn behaving(behaviour: Behaviour) -> Self {
        Self::with(SandboxOptions { behaviour, ..SandboxOptions::default() }).await
    }

    async fn with(options: SandboxOptions) -> Self {
        let sandbox = Sandbox::start(options).await.unwrap();
        Self { sandbox, http: loopback_client() }
    }

    async fn crm_token(&self) -> String {
        let body = json!({ "scope": "openid", "grant_type": "client_credentials" });
        let call = self.http.post(self.sandbox.crm_token_url()).basic_auth(CRM_KEY, Some(CRM_SECRET)).json(&body);
        let said = Said::of(call.send().await.unwrap()).await;
        assert_eq!((said.status, &said.body["token_type"]), (200, &json!("Bearer")), "{said:?}");
        assert_eq!(said.body["expires_in"], 1800);
        said.body["access_token"].as_str().unwrap().to_owned()
    }

    async fn pf_token(&self) -> String {
        let said = self.pf_token_call(&json!({ "apiKey": PF_KEY, "apiSecret": PF_SECRET })).await;
        assert_eq!((said.status, &said.body["tokenType"]), (200, &json!("Bearer")), "{said:?}");
        assert_eq!(said.body["expiresIn"], 1800);
        said.body["accessToken"].as_str().unwrap().to_owned()
    }

    async fn pf_token_call(&self, body: &Value) -> Said {
        let url = format!("{}/v1/auth/token", self.sandbox.pf_url());
        Said::of(self.http.post(url).json(body).send().await.unwrap()).await
    }

    /// One call to the CRM, with a fresh token.
    async fn crm(&self, method: Method, target: &str, body: Option<Value>) -> Said {
        let token = self.crm_token().await;
        let url = format!("{}{target}", self.sandbox.crm_url());
        Said::of(self.send(method, &url, &token, body).await.unwrap()).await
    }

    /// One call to Property Finder, with a fresh token, in the newer error shape.
    async fn pf(&self, method: Method, target: &str, body: Option<Value>) -> Said {
        let token = self.pf_token().await;
        let url = format!("{}{target}", self.sandbox.pf_url());
        Said::of(self.send(method, &url, &token, body).await.unwrap()).await
    }

    async fn send(&self, method: Method, url: &str, token: &str, body: Option<Value>) -> reqwest::Result<Response> {
        let call = self.http.request(method, url).bearer_auth(token).header("X-PF-Error-Format", "problem-json-v2");
        match body {
            Some(body) => call.json(&body).send().await,
            None => call.send().await,
        }
    }
}

impl Said {
    async fn of(response: Response) -> Self {
        let status = response.status().as_u16();
        let warnings = response.headers().get_all("x-mycrm-api-warning").iter();
        let warnings = warnings.map(|warning| warning.to_str().unwrap().to_owned()).collect();
        let text = response.text().await.unwrap();
        Self { status, body: serde_json::from_str(&text).unwrap_or_default(), text, warnings }
    }

    /// The ids of a list's rows.
    fn ids(&self) -> Vec<u64> {
        let rows = self.body.get("users").or_else(|| self.body.get("data")).unwrap();
        rows.as_array().unwrap().iter().map(|row| row["id"].as_u64().unwrap()).collect()
    }

    /// The pointers of what Property Finder found wrong.
    fn pointers(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array();
        errors.into_iter().flatten().map(|error| error["pointer"].as_str().unwrap()).collect()
    }
}

/// A value with one of its members replaced; null takes it away.
fn with(mut value: Value, pointer: &str, member: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = value.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    if member.is_null() {
        parent.remove(name);
    } else {
        parent.insert(name.to_owned(), member);
    }
    value
}
