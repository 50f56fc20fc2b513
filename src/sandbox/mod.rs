//! Both APIs in one server on this machine, as strict as the vendors' own schemas.
//!
//! It follows docs/vendor-apis.md and shares no code with the clients in `remote`, so that the tests find a mistake of a
//! client instead of repeating it. A request (`http_exchange.rs`) goes through `SandboxWorld::exchange`
//! (`sandbox_world.rs`): faults, limits, tokens, scopes, then one of the two systems in `crm` and `pf`, or `pf_documented`.
//! [`Behaviour`] has switches for the assumptions of that page. A [`Fault`] makes one request fail.

mod auth_and_limits;
mod behaviour;
mod compiled_schemas;
mod crm;
mod faults;
mod http_exchange;
mod pf;
mod pf_documented;
mod photo_host;
mod roles;
mod sandbox_world;
mod schema;
mod seed;
mod server;
mod spelling;
mod store;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use behaviour::{Behaviour, FilterMatch, LongField, PhotoForm, SandboxRate, ValueSpelling, WriteMode};
pub use faults::{Fault, FaultEffect, FaultTarget};
pub use sandbox_world::LoggedRequest;
pub(crate) use seed::seed;
pub use store::{CrmState, PfState, RowTable, SandboxState};

use sandbox_world::SandboxWorld;

/// The CRM's key.
pub const CRM_KEY: &str = "sandbox-crm-key";
/// The CRM's secret.
pub const CRM_SECRET: &str = "sandbox-crm-secret";
/// Property Finder's key: 5 characters, a dot, 34 characters (docs/vendor-apis.md, "Property Finder: token").
pub const PF_KEY: &str = "sandb.ox-key-for-the-sandbox-of-roster00";
/// Property Finder's secret: 32 characters.
pub const PF_SECRET: &str = "sandbox-secret-of-32-characters.";

/// The CRM's path. Its token call has another path, since the real one is on another host.
const CRM_PREFIX: &str = "/crm";
/// Property Finder's path.
const PF_PREFIX: &str = "/pf";
/// The path under which photos are downloaded, whatever their address is.
const PHOTO_PREFIX: &str = "/photos";

/// How a sandbox is to be.
#[derive(Debug, Default)]
pub struct SandboxOptions {
    /// The port on 127.0.0.1; 0 is any that is free.
    pub port: u16,
    /// The file in which the state is kept; none: in memory alone.
    pub file: Option<PathBuf>,
    /// What both systems hold at first, where the file does not set it.
    pub state: SandboxState,
    /// How both systems behave.
    pub behaviour: Behaviour,
    /// What goes wrong.
    pub faults: Vec<Fault>,
}

/// A running sandbox. It ends when it is stopped or dropped.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    world: Arc<Mutex<SandboxWorld>>,
    server: JoinHandle<()>,
    /// The server ends when this does.
    running: oneshot::Sender<()>,
}

impl Sandbox {
    /// Starts one on the current tokio runtime, on 127.0.0.1.
    ///
    /// # Errors
    /// When the port is taken, or the state file cannot be read or written or is none.
    pub async fn start(options: SandboxOptions) -> io::Result<Self> {
        let kept = options.file.as_deref().map(SandboxState::load).transpose()?.flatten();
        let fresh = kept.is_none();
        let mut world = SandboxWorld::new(kept.unwrap_or(options.state), options.file, options.behaviour)?;
        if fresh {
            world.save()?;
        }
        options.faults.into_iter().for_each(|fault| world.faults.add(fault));

        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await.map_err(|error| {
            io::Error::new(error.kind(), format!("the sandbox cannot listen on 127.0.0.1:{}: {error}", options.port))
        })?;
        let address = listener.local_addr()?;
        let world = Arc::new(Mutex::new(world));
        let (running, ended) = oneshot::channel();
        let server = tokio::spawn(server::serve(listener, Arc::clone(&world), ended));
        Ok(Self { address, world, server, running })
    }

    /// The base URL of the CRM, for `ROSTER_CRM_URL`.
    #[must_use]
    pub fn crm_url(&self) -> String {
        format!("http://{}{CRM_PREFIX}", self.address)
    }

    /// The whole URL of the CRM's token call, for `ROSTER_CRM_TOKEN_URL`.
    #[must_use]
    pub fn crm_token_url(&self) -> String {
        format!("http://{}/auth/oauth/v1/token", self.address)
    }

    /// The base URL of Property Finder, for `ROSTER_PF_URL`.
    #[must_use]
    pub fn pf_url(&self) -> String {
        format!("http://{}{PF_PREFIX}", self.address)
    }

    /// The environment that points roster at this sandbox, keys included.
    #[must_use]
    pub fn environment(&self) -> [(&'static str, String); 8] {
        [
            ("ROSTER_CRM_URL", self.crm_url()),
            ("ROSTER_CRM_TOKEN_URL", self.crm_token_url()),
            ("ROSTER_PF_URL", self.pf_url()),
            ("ROSTER_PHOTO_URL", format!("http://{}{PHOTO_PREFIX}", self.address)),
            ("CRM_API_KEY", CRM_KEY.to_owned()),
            ("CRM_API_SECRET", CRM_SECRET.to_owned()),
            ("PF_API_KEY", PF_KEY.to_owned()),
            ("PF_API_SECRET", PF_SECRET.to_owned()),
        ]
    }

    /// Every request since the start or [`forget_requests`](Self::forget_requests), in the order of arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.world().log.clone()
    }

    /// Empties the log of requests.
    pub fn forget_requests(&self) {
        self.world().log.clear();
    }

    /// The CRM's rows as it shows them by default, by ascending id.
    #[must_use]
    pub fn crm_rows(&self) -> Vec<Value> {
        self.world().state.crm.users.rows().values().cloned().collect()
    }

    /// Property Finder's rows as they are kept, by ascending id: with what the API never returns.
    #[must_use]
    pub fn pf_rows(&self) -> Vec<Value> {
        self.world().state.pf.users.rows().values().cloned().collect()
    }

    /// Everything that both systems hold.
    #[must_use]
    pub fn state(&self) -> SandboxState {
        self.world().state.clone()
    }

    /// Puts a row into the CRM past every rule, as a click in its own screens would; an `id` in it replaces that row.
    /// Missing members are empty. Returns its id.
    #[expect(clippy::must_use_candidate, reason = "the row is what matters")]
    pub fn put_crm_row(&self, row: &Value) -> u64 {
        let mut world = self.world();
        let id = world.state.crm.put(row);
        // A test's own click: where the file cannot be written, the next write reports it.
        let _ = world.save();
        id
    }

    /// Puts a row into Property Finder past every rule, in the form in which rows are kept; an `id` in it replaces that
    /// row. A profile without an id gets one. Returns its user id.
    #[expect(clippy::must_use_candidate, reason = "the row is what matters")]
    pub fn put_pf_row(&self, row: &Value) -> u64 {
        let mut world = self.world();
        let id = world.state.pf.put(row);
        let _ = world.save();
        id
    }

    /// Deletes a CRM row, as a click in the CRM's own screens would.
    pub fn delete_crm_row(&self, id: u64) {
        let mut world = self.world();
        world.state.crm.users.write(id, None, 0);
        let _ = world.save();
    }

    /// Deletes a Property Finder user, as a click in the portal's own screens would: the API has no way to.
    pub fn delete_pf_row(&self, id: u64) {
        let mut world = self.world();
        world.state.pf.users.write(id, None, 0);
        let _ = world.save();
    }

    /// The deletions that the CRM carried out, in order: `{"users": [IDS], "resources": [...]}`.
    #[must_use]
    pub fn crm_deletions(&self) -> Vec<Value> {
        self.world().state.crm.deletions.clone()
    }

    /// The files that were uploaded to the CRM, by ascending id, each with its content in base64.
    #[must_use]
    pub fn crm_files(&self) -> Vec<Value> {
        self.world().state.crm.files.rows().values().cloned().collect()
    }

    /// Says to whom the CRM's API key belongs.
    pub fn set_me(&self, crm_id: Option<u64>) {
        self.world().state.crm.me = crm_id;
    }

    /// Makes both systems behave so from now on.
    pub fn set_behaviour(&self, behaviour: Behaviour) {
        self.world().behaviour = behaviour;
    }

    /// Adds a fault; it counts requests from now on.
    pub fn add_fault(&self, fault: Fault) {
        self.world().faults.add(fault);
    }

    /// Takes all faults away.
    pub fn clear_faults(&self) {
        self.world().faults = faults::Faults::default();
    }

    /// Stops listening, ends every connection, and waits until that is done.
    pub async fn stop(self) {
        drop(self.running);
        // The result is not needed: the end was requested.
        let _ = self.server.await;
    }

    fn world(&self) -> MutexGuard<'_, SandboxWorld> {
        lock(&self.world)
    }
}

/// A panic in one request must not silence all the others.
fn lock(world: &Mutex<SandboxWorld>) -> MutexGuard<'_, SandboxWorld> {
    world.lock().unwrap_or_else(PoisonError::into_inner)
}
