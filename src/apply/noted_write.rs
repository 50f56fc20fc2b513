//! A write that is reported to the observer before and after, so that the journal holds it before the request.

use super::ApplyRun;
use super::observer::{ApplyEvent, PendingWrite, WriteResult};
use super::outage::stopped;
use super::person::lock;
use super::stop_reason::StopReason;
use crate::model::record::System;
use crate::remote::Reader as _;

impl ApplyRun<'_> {
    /// One write, reported to the observer before and after. Nothing is sent to a system that refuses everything, or after
    /// an interrupt.
    pub(super) fn write<'w, T>(
        &'w self,
        write: &'w PendingWrite<'w>,
        send: impl Future<Output = Result<T, StopReason>>,
        id: impl Fn(&T) -> u64,
    ) -> impl Future<Output = Result<T, StopReason>> {
        self.write_together(std::slice::from_ref(write), send, move |_, answered| WriteResult::Done(id(answered)))
    }

    /// The same for one request that writes the rows of several people in one system.
    pub(super) async fn write_together<'w, T>(
        &self,
        writes: &[PendingWrite<'w>],
        send: impl Future<Output = Result<T, StopReason>>,
        answer: impl Fn(&PendingWrite<'w>, &T) -> WriteResult,
    ) -> Result<T, StopReason> {
        for write in writes {
            self.ensure_not_stopped(write.system)?;
        }
        self.write_noted(writes, send, answer).await
    }

    /// One write that is sent also after an interrupt.
    pub(super) fn write_despite_interrupt<'w, T>(
        &'w self,
        write: &'w PendingWrite<'w>,
        send: impl Future<Output = Result<T, StopReason>>,
        id: impl Fn(&T) -> u64,
    ) -> impl Future<Output = Result<T, StopReason>> {
        self.write_noted(std::slice::from_ref(write), send, move |_, answered| WriteResult::Done(id(answered)))
    }

    /// Writes whether or not the system is stopped.
    async fn write_noted<'w, T>(
        &self,
        writes: &[PendingWrite<'w>],
        send: impl Future<Output = Result<T, StopReason>>,
        answer: impl Fn(&PendingWrite<'w>, &T) -> WriteResult,
    ) -> Result<T, StopReason> {
        for write in writes {
            let noted = self.observer.on_event(&ApplyEvent::Intent(write));
            noted.map_err(|error| {
                StopReason::Failed(format!("the journal cannot be written, so nothing is sent: {error}"))
            })?;
        }
        let result = send.await;
        for write in writes {
            let answer = match &result {
                Ok(answered) => answer(write, answered),
                Err(StopReason::Unknown(_)) => WriteResult::Unknown,
                Err(StopReason::Remote(error)) if error.leaves_unknown() => WriteResult::Unknown,
                Err(_) => WriteResult::Failed,
            };
            // The write was carried out, also where the journal cannot note it.
            let _ = self.observer.on_event(&ApplyEvent::Answered(write, answer));
        }
        result
    }

    pub(super) fn ensure_not_stopped(&self, system: System) -> Result<(), StopReason> {
        if let Some(why) = self.observer.stop_requested() {
            return Err(StopReason::Interrupted(why));
        }
        self.not_stopped(system)
    }

    /// The same for what follows a request whose answer was lost: it is done after an interrupt too.
    pub(super) fn not_stopped(&self, system: System) -> Result<(), StopReason> {
        if let Some(why) = lock(&self.stopped).get(&system) {
            return Err(StopReason::NotTried(why.clone()));
        }
        let closed = match system {
            System::Crm => self.systems.crm.reader.closed(),
            System::Pf => self.systems.pf.closed(),
        };
        closed.map_or(Ok(()), |why| Err(StopReason::NotTried(stopped(system, &why))))
    }
}
