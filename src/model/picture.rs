//! A picture: bytes of a kind and a size that both systems take.

use std::fmt;

use imagesize::ImageType;

/// The smallest picture that Property Finder takes, in bytes (docs/vendor-apis.md, "Property Finder: photos").
pub(crate) const SMALLEST: u64 = 5 * 1024;

/// The largest picture that Property Finder takes, in bytes.
pub(crate) const LARGEST: u64 = 15 * 1024 * 1024;

/// A picture that both systems take.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    pub(crate) kind: PictureKind,
    pub(crate) content: Vec<u8>,
}

/// The kinds of pictures that Property Finder takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PictureKind {
    Jpeg,
    Png,
    Webp,
}

/// Why bytes are not such a picture. It quotes none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureFault {
    /// Not one of the kinds.
    Kind,
    /// Too small or too large; the size in bytes.
    Size(u64),
}

impl Picture {
    /// Takes bytes as a picture.
    ///
    /// # Errors
    /// When they are of another kind, or too many or too few.
    pub fn parse(content: Vec<u8>) -> Result<Self, PictureFault> {
        let kind = PictureKind::of(&content)?;
        PictureFault::check_size(content.len() as u64)?;
        Ok(Self { kind, content })
    }
}

impl PictureKind {
    /// So many bytes of a file show its kind.
    pub(crate) const HEADER: u64 = 64;

    /// The kind, by the first bytes.
    pub(crate) fn of(header: &[u8]) -> Result<Self, PictureFault> {
        match imagesize::image_type(header) {
            Ok(ImageType::Jpeg) => Ok(Self::Jpeg),
            Ok(ImageType::Png) => Ok(Self::Png),
            Ok(ImageType::Webp) => Ok(Self::Webp),
            _ => Err(PictureFault::Kind),
        }
    }

    /// The media type.
    pub(crate) const fn media(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
        }
    }

    /// The end of a file's name.
    pub(crate) const fn ending(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
        }
    }
}

impl PictureFault {
    /// Whether a size is one that both systems take.
    pub(crate) fn check_size(bytes: u64) -> Result<(), Self> {
        if (SMALLEST..=LARGEST).contains(&bytes) { Ok(()) } else { Err(Self::Size(bytes)) }
    }

    /// What to do about it.
    pub(crate) const fn help(self) -> &'static str {
        match self {
            Self::Kind => "save it as JPEG, PNG or WebP; the ending alone does not make it one",
            Self::Size(_) => "save the photo in a size between these",
        }
    }
}

impl fmt::Display for PictureFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind => out.write_str("is not a JPEG, PNG or WebP picture"),
            Self::Size(bytes) => {
                write!(out, "is {} KB large; Property Finder takes 5 KB to 15 MB", bytes.div_ceil(1024))
            }
        }
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Picture({:?}, {} bytes)", self.kind, self.content.len())
    }
}
