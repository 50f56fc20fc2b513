//! How far an apply is: a bar on a terminal, and a line from time to time where there is none.

use std::io::{self, IsTerminal as _};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Context;

/// A log gets no more than one line in this time.
const EVERY: Duration = Duration::from_secs(30);

/// The progress of one apply, on stderr.
pub(super) struct Progress<'a> {
    context: &'a Context,
    bar: ProgressBar,
    log: Option<Mutex<ProgressLog>>,
}

/// When a line is due, and how many people are through.
struct ProgressLog {
    last: Instant,
    through: usize,
    people: usize,
}

impl<'a> Progress<'a> {
    pub(super) fn of(people: usize, context: &'a Context) -> Self {
        let on_screen = io::stderr().is_terminal();
        let target = if context.quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(people as u64), target);
        let template = "{bar:30} {pos}/{len} people · {elapsed} so far, about {eta} left {msg}";
        let bar = ProgressStyle::with_template(template).map_or(bar.clone(), |style| bar.with_style(style));
        if on_screen && !context.quiet {
            // Both rate limits may hold everybody for a minute, and the clock goes on meanwhile.
            bar.enable_steady_tick(Duration::from_secs(1));
        }
        let log = (!on_screen).then(|| Mutex::new(ProgressLog { last: Instant::now(), through: 0, people }));
        Self { context, bar, log }
    }

    /// The bar, above which other lines are written.
    pub(super) const fn bar(&self) -> &ProgressBar {
        &self.bar
    }

    /// One more person is through.
    pub(super) fn advance(&self) {
        self.bar.inc(1);
        let line = self.log.as_ref().and_then(|log| {
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            log.advance(Instant::now())
        });
        if let Some(line) = line {
            self.context.print_message(&line);
        }
    }

    pub(super) fn reading_back(&self) {
        self.bar.set_message("· reading back");
    }

    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

impl ProgressLog {
    fn advance(&mut self, now: Instant) -> Option<String> {
        self.through += 1;
        let due = now.duration_since(self.last) >= EVERY && self.through < self.people;
        due.then(|| {
            self.last = now;
            format!("{} of {} people are through", self.through, self.people)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_gets_a_line_at_most_every_half_minute() {
        let start = Instant::now();
        let mut log = ProgressLog { last: start, through: 0, people: 6 };
        let at = |seconds| start + Duration::from_secs(seconds);
        let lines: Vec<Option<String>> = [1, 29, 31, 40, 61, 200].map(|time| log.advance(at(time))).into();
        let line = |through: usize| Some(format!("{through} of 6 people are through"));
        assert_eq!(lines, [None, None, line(3), None, line(5), None]);
    }
}
