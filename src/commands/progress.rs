//! How far an apply is: a bar on a terminal, and a line every half minute where there is none.

use std::fmt;
use std::io::{self, IsTerminal as _};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::Context;

/// The time between two lines of a log.
const EVERY: Duration = Duration::from_secs(30);

/// The progress of one apply, on stderr.
pub(super) struct Progress {
    bar: ProgressBar,
    /// Dropped, it ends the lines of a log.
    log: Option<Sender<()>>,
}

impl Progress {
    pub(super) fn of(people: usize, context: &Context) -> Self {
        let on_screen = io::stderr().is_terminal();
        let target = if context.quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(people as u64), target);
        // 60 columns suffice.
        let template = "{bar:16} {pos}/{len} people{rate_and_time_left}\n{wide_msg}";
        let style = ProgressStyle::with_template(template);
        let style = style.map(|style| style.with_key("rate_and_time_left", write_rate_and_time_left));
        let bar = style.map_or(bar.clone(), |style| bar.with_style(style));
        if on_screen && !context.quiet {
            // Both rate limits may hold everybody for a minute, and the clock goes on meanwhile.
            bar.enable_steady_tick(Duration::from_secs(1));
        }
        let log = (!on_screen && !context.quiet).then(|| {
            let (shown, context) = (bar.clone(), context.clone());
            every(EVERY, move || context.print_message(&line(&shown)))
        });
        Self { bar, log }
    }

    /// The bar, above which other lines are written, and which has the message of a wait.
    pub(super) const fn bar(&self) -> &ProgressBar {
        &self.bar
    }

    /// One more person is through.
    pub(super) fn advance(&self) {
        self.bar.set_message("");
        self.bar.inc(1);
    }

    pub(super) fn reading_back(&self) {
        self.bar.set_message("reading back");
    }

    pub(super) fn end(mut self) {
        self.log = None;
        self.bar.finish_and_clear();
    }
}

/// Runs `print` again and again, until the sender is dropped.
fn every(time: Duration, print: impl Fn() + Send + 'static) -> Sender<()> {
    let (running, ended) = mpsc::channel::<()>();
    thread::spawn(move || {
        while ended.recv_timeout(time) == Err(RecvTimeoutError::Timeout) {
            print();
        }
    });
    running
}

/// How far the bar is, for a log.
fn line(bar: &ProgressBar) -> String {
    let people = bar.length().unwrap_or_default();
    let left = time_left(bar.position(), people, bar.elapsed());
    let left = left.map(|left| format!(", {left}")).unwrap_or_default();
    let message = bar.message();
    let gap = if message.is_empty() { "" } else { " · " };
    format!("{} of {people} people are through{left}{gap}{message}", bar.position())
}

fn write_rate_and_time_left(bar: &ProgressState, out: &mut dyn fmt::Write) {
    let (through, people) = (bar.pos(), bar.len().unwrap_or_default());
    let written = match time_left(through, people, bar.elapsed()) {
        Some(left) => write!(out, " · {}/min · {left}", through * 60 / bar.elapsed().as_secs().max(1)),
        None => Ok(()),
    };
    written.unwrap_or_default();
}

/// The time for the rest at the mean rate since the start. The rate of the last seconds would be near zero whenever a rate
/// limit is waited for.
fn time_left(through: u64, people: u64, elapsed: Duration) -> Option<String> {
    let rest = people.checked_sub(through).filter(|rest| through > 0 && *rest > 0)?;
    let seconds = (elapsed.as_secs() * rest).div_ceil(through);
    Some(match seconds {
        0..=119 => format!("about {seconds} s left"),
        _ => format!("about {} min left", seconds.div_ceil(60)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_gets_lines_until_the_end() {
        let (lines, read) = mpsc::channel();
        let running = every(Duration::from_millis(1), move || lines.send(()).unwrap_or_default());
        assert_eq!((read.recv(), read.recv()), (Ok(()), Ok(())), "also while nobody gets through");
        drop(running);
        // The thread ends, and drops its end of the channel.
        while read.recv().is_ok() {}
    }

    #[test]
    fn the_time_left_is_that_of_the_mean_rate_since_the_start() {
        let left = |through, seconds| time_left(through, 60, Duration::from_secs(seconds));
        assert_eq!(left(0, 30), None);
        assert_eq!(left(20, 30).as_deref(), Some("about 60 s left"));
        // A wait of a minute makes the rest longer by its part alone.
        assert_eq!(left(20, 90).as_deref(), Some("about 3 min left"));
        assert_eq!(left(60, 90), None);
    }

    #[test]
    fn a_line_has_the_people_and_the_wait() {
        let bar = ProgressBar::hidden();
        bar.set_length(60);
        bar.set_position(17);
        assert!(line(&bar).starts_with("17 of 60 people are through"), "{}", line(&bar));
        bar.set_message("waiting for the limit of x.ae until 14:05:00");
        assert!(line(&bar).ends_with(" · waiting for the limit of x.ae until 14:05:00"), "{}", line(&bar));
    }
}
