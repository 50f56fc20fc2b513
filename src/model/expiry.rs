//! Days on which something ends: a licence, an API key. Warnings precede them in steps, so that the text of a warning does not
//! change from day to day, and an approved comment stays as it is.

use jiff::civil::Date;

/// Warns of a licence so many days before it expires.
pub(crate) const LICENCE: [i32; 3] = [7, 30, 60];
/// Warns of an API key so many days before it ends.
pub(crate) const API_KEY: [i32; 3] = [1, 7, 30];

/// How near a last day is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expiry {
    /// It has passed.
    Past,
    /// It is at most so many days away: the smallest step that holds.
    Within(i32),
}

impl Expiry {
    /// How near `last` is on the day `today`; none, if it is farther away than every step. `steps` ascend.
    #[must_use]
    pub(crate) fn of(last: Date, today: Date, steps: [i32; 3]) -> Option<Self> {
        let left = (last - today).get_days();
        if left < 0 {
            return Some(Self::Past);
        }
        steps.into_iter().find(|step| left <= *step).map(Self::Within)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn warnings_begin_on_the_day_of_each_step() {
        let table = [
            (61, None),
            (60, Some(Expiry::Within(60))),
            (31, Some(Expiry::Within(60))),
            (30, Some(Expiry::Within(30))),
            (8, Some(Expiry::Within(30))),
            (7, Some(Expiry::Within(7))),
            (0, Some(Expiry::Within(7))),
            (-1, Some(Expiry::Past)),
        ];
        let today = date(2027, 2, 1);
        for (left, want) in table {
            let last = today.checked_add(jiff::Span::new().days(left)).unwrap_or(today);
            assert_eq!(Expiry::of(last, today, LICENCE), want, "{left}");
        }
        assert_eq!(Expiry::of(date(2027, 2, 2), today, API_KEY), Some(Expiry::Within(1)));
        assert_eq!(Expiry::of(date(2027, 3, 4), today, API_KEY), None);
    }
}
