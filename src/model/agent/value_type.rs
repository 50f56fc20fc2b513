//! The type of a field's value, which decides how two values are compared.

/// What a field's value is, as far as comparing goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// A name or a text: compared to the letter, but for surrounding white space, line endings, Unicode normalization and
    /// default-ignorable characters.
    Text,
    /// A code whose case means nothing: `agent`, `onyx`, `en`.
    Code,
    /// An e-mail address: compared without case.
    Email,
    /// A phone number: compared by its digits; a system may return it in national form.
    Phone,
    /// A URL or a path: compared as an ASCII URI, scheme and host without case.
    Url,
    /// A calendar date; a server may print it as an instant, which is read as the day in the Emirates.
    Date,
    /// A whole number.
    Number,
    /// `true` or `false`; a server may print 1 and 0, or leave out what is off.
    Flag,
    /// A set of lower-case codes.
    LowerCodes,
    /// A set of upper-case codes.
    UpperCodes,
    /// A custom field: whatever the account made it.
    Any,
}
