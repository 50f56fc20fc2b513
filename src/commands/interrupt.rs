//! Ctrl-C and SIGTERM: the request in flight is finished and recorded, nothing new is begun; a second one ends at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use tokio::sync::Notify;

use crate::model::exit_code::Exit;

/// What was asked of the process since it began.
#[derive(Clone, Debug, Default)]
pub(super) struct Interrupt(Arc<SignalState>);

#[derive(Debug, Default)]
struct SignalState {
    /// The exit code of the first signal; 0 before any signal.
    code: AtomicU8,
    /// Whether both systems are being read: then the run ends by itself, with its documents.
    reading: AtomicBool,
    /// Whether something may be in flight that must be finished.
    writing: AtomicBool,
    /// Wakes what waits for the first signal.
    asked: Notify,
}

impl Interrupt {
    /// Listens from now on, on the current tokio runtime.
    pub(super) fn listen() -> Self {
        let interrupt = Self::default();
        tokio::spawn(interrupt.clone().hear());
        interrupt
    }

    /// Reads, until the read ends or a signal arrives.
    ///
    /// # Errors
    /// The exit code of the signal.
    pub(super) async fn while_reading<T>(&self, reading: impl Future<Output = T>) -> Result<T, Exit> {
        self.0.reading.store(true, Ordering::SeqCst);
        let read = tokio::select! {
            read = reading => Ok(read),
            () = self.0.asked.notified() => Err(self.exit().unwrap_or(Exit::Interrupted)),
        };
        self.0.reading.store(false, Ordering::SeqCst);
        read
    }

    /// From here on a signal waits for the request in flight.
    pub(super) fn writing_begins(&self) {
        self.0.writing.store(true, Ordering::SeqCst);
    }

    /// How the process ends, if it was asked to.
    pub(super) fn exit(&self) -> Option<Exit> {
        match self.0.code.load(Ordering::SeqCst) {
            0 => None,
            code if code == Exit::Terminated as u8 => Some(Exit::Terminated),
            _ => Some(Exit::Interrupted),
        }
    }

    async fn hear(self) {
        let mut signals = Signals::listen();
        loop {
            let code = signals.next().await as u8;
            let first = self.0.code.compare_exchange(0, code, Ordering::SeqCst, Ordering::SeqCst).is_ok();
            let (reading, writing) = (self.0.reading.load(Ordering::SeqCst), self.0.writing.load(Ordering::SeqCst));
            if !first || !(reading || writing) {
                if first {
                    print_line("interrupted: nothing was written");
                }
                std::process::exit(i32::from(code));
            }
            if writing {
                print_line("finishing the requests in flight; once more ends at once");
            }
            self.0.asked.notify_one();
        }
    }
}

fn print_line(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// The two signals that end a program.
pub(super) struct Signals {
    #[cfg(unix)]
    terminated: Option<tokio::signal::unix::Signal>,
    #[cfg(unix)]
    pressed: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    /// Listens from now on. Where signals cannot be heard, the process ends as the system ends it.
    pub(super) fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        Self { terminated: signal(SignalKind::terminate()).ok(), pressed: signal(SignalKind::interrupt()).ok() }
    }

    /// Waits for the next one.
    pub(super) async fn next(&mut self) -> Exit {
        async fn heard(signal: &mut Option<tokio::signal::unix::Signal>) {
            match signal {
                Some(signal) => _ = signal.recv().await,
                None => std::future::pending().await,
            }
        }
        tokio::select! {
            () = heard(&mut self.terminated) => Exit::Terminated,
            () = heard(&mut self.pressed) => Exit::Interrupted,
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    /// Listens from now on.
    pub(super) const fn listen() -> Self {
        Self {}
    }

    /// Waits for the next one.
    pub(super) async fn next(&mut self) -> Exit {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Exit::Interrupted
    }
}
