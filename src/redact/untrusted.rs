//! Text that a server sent, with the program's own words around it.

use std::fmt;

/// Text that a server sent, perhaps between words of the program: a reason in an error, a warning, the title of a page.
/// It has no way out but [`Redactor::quote`](super::Redactor::quote); `Debug` prints its length alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Untrusted(Box<UntrustedParts>);

#[derive(Clone, Default, PartialEq, Eq)]
struct UntrustedParts {
    before: String,
    said: String,
    behind: String,
}

impl Untrusted {
    /// With words of the program before it. Secrets and private values are hidden in them too, but an address or a number
    /// in them is the program's own.
    #[must_use]
    pub(crate) fn after(mut self, own: &str) -> Self {
        self.0.before.insert_str(0, own);
        self
    }

    /// With words of the program behind it, as in [`after`](Self::after).
    #[must_use]
    pub(crate) fn followed_by(mut self, own: &str) -> Self {
        self.0.behind.push_str(own);
        self
    }

    /// The program's words before it, the server's, and the program's behind it.
    pub(super) fn parts(&self) -> [&str; 3] {
        [&self.0.before, &self.0.said, &self.0.behind]
    }
}

impl From<String> for Untrusted {
    fn from(said: String) -> Self {
        Self(Box::new(UntrustedParts { said, ..UntrustedParts::default() }))
    }
}

impl From<&str> for Untrusted {
    fn from(said: &str) -> Self {
        Self::from(said.to_owned())
    }
}

impl fmt::Debug for Untrusted {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Untrusted({} bytes)", self.parts().concat().len())
    }
}
