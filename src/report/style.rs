//! Colours. They repeat signs and words, so a plan without them is complete.

use anstyle::{AnsiColor, Style};

/// The style of each part of an output; [`Styles::default`] is plain.
#[derive(Clone, Copy, Debug, Default)]
pub struct Styles {
    /// Something new.
    pub added: Style,
    /// Something taken away.
    pub removed: Style,
    /// Something that changes.
    pub changed: Style,
    /// Something that blocks.
    pub blocked: Style,
    /// What is worth knowing.
    pub warning: Style,
    /// Files and totals.
    pub strong: Style,
    /// Ids, lines and systems.
    pub faint: Style,
}

impl Styles {
    /// Styles for a terminal that has colours.
    #[must_use]
    pub(crate) const fn coloured() -> Self {
        Self {
            added: AnsiColor::Green.on_default(),
            removed: AnsiColor::Red.on_default(),
            changed: AnsiColor::Yellow.on_default(),
            blocked: AnsiColor::Magenta.on_default(),
            warning: AnsiColor::Yellow.on_default(),
            strong: Style::new().bold(),
            faint: Style::new().dimmed(),
        }
    }
}

/// A text in a style; nothing is added to it where the style is plain.
#[must_use]
pub(crate) fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}
