//! The answers of `git` in pieces: the lines of a tree, the contents of files, and names.

/// One line of `ls-tree -l`: `100644 blob 7898…      2<tab>agents/sara.yaml`.
pub(super) struct TreeEntry<'a> {
    pub(super) name: &'a str,
    pub(super) size: usize,
    pub(super) path: &'a str,
}

impl<'a> TreeEntry<'a> {
    pub(super) fn parse(line: &'a [u8]) -> Option<Self> {
        let (meta, path) = str::from_utf8(line).ok()?.split_once('\t')?;
        let mut meta = meta.split_ascii_whitespace();
        let (mode, _kind, name, size) = (meta.next()?, meta.next()?, meta.next()?, meta.next()?);
        // 120000 is a link, 160000 another repository.
        mode.starts_with("100").then_some(())?;
        Some(Self { name, size: size.parse().ok()?, path })
    }
}

/// One answer of `cat-file --batch`, `<name> blob <size>`, a line end, the bytes, a line end; and what follows it.
pub(super) fn next_blob(answer: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = answer.iter().position(|byte| *byte == b'\n')?;
    let (head, rest) = answer.split_at_checked(end)?;
    let size = str::from_utf8(head).ok()?.rsplit(' ').next()?.parse().ok()?;
    let (bytes, rest) = rest.get(1..)?.split_at_checked(size)?;
    Some((bytes, rest.strip_prefix(b"\n")?))
}

pub(super) fn fields(listing: &[u8]) -> impl Iterator<Item = &[u8]> {
    listing.split(|byte| *byte == 0).filter(|field| !field.is_empty())
}
