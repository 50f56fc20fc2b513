//! An image file: its format (JPEG, PNG, WebP), its size and its colours, as both systems take them.

use std::fmt;
use std::io::{BufRead, Cursor, Seek};

use imagesize::ImageType;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::colorspace::ColorSpace;

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

/// The image formats that Property Finder takes.
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
    /// In the colours of a print, which Property Finder does not show, without an error
    /// (docs/vendor-apis.md, "Property Finder: photos").
    Cmyk,
}

impl Picture {
    /// Takes bytes as a picture.
    ///
    /// # Errors
    /// When they are of another kind, too many or too few, or in other colours.
    pub fn parse(content: Vec<u8>) -> Result<Self, PictureFault> {
        let kind = PictureKind::of(&content)?;
        PictureFault::check_size(content.len() as u64)?;
        kind.check_colours(Cursor::new(&content))?;
        Ok(Self { kind, content })
    }
}

impl PictureKind {
    /// The bytes at the beginning of a file that show its format.
    pub(crate) const HEADER: u64 = 64;

    /// The image format, by the first bytes.
    pub(crate) fn of(header: &[u8]) -> Result<Self, PictureFault> {
        match imagesize::image_type(header) {
            Ok(ImageType::Jpeg) => Ok(Self::Jpeg),
            Ok(ImageType::Png) => Ok(Self::Png),
            Ok(ImageType::Webp) => Ok(Self::Webp),
            _ => Err(PictureFault::Kind),
        }
    }

    /// Whether both systems show the colours of a picture of this kind. Only the header is read. A
    /// picture whose header cannot be read is accepted.
    pub(crate) fn check_colours(self, content: impl BufRead + Seek) -> Result<(), PictureFault> {
        if self != Self::Jpeg {
            return Ok(());
        }
        let mut decoder = JpegDecoder::new(content);
        let colours = decoder.decode_headers().ok().and_then(|()| decoder.input_colorspace());
        if matches!(colours, Some(ColorSpace::CMYK | ColorSpace::YCCK)) { Err(PictureFault::Cmyk) } else { Ok(()) }
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
            Self::Cmyk => "save it in the colours of a screen (RGB)",
        }
    }
}

impl fmt::Display for PictureFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind => out.write_str("is not a JPEG, PNG or WebP picture"),
            Self::Cmyk => out.write_str("is in the colours of a print (CMYK), which Property Finder does not show"),
            Self::Size(bytes) => {
                write!(out, "is {} KB large; a photo may have 5 KB to 15 MB", bytes.div_ceil(1024))
            }
        }
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Picture({:?}, {} bytes)", self.kind, self.content.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parts of a JPEG up to its frame, which has so many colour components; padded to a size that is taken.
    fn jpeg(components: u8) -> Vec<u8> {
        let mut content = vec![0xff, 0xd8];
        if components == 4 {
            // Adobe's mark: four components without a transformation are CMYK.
            content.extend([0xff, 0xee, 0, 14]);
            content.extend(b"Adobe\0\x64\0\0\0\0\0");
        }
        content.extend([0xff, 0xc0, 0, 8 + 3 * components, 8, 0, 16, 0, 16, components]);
        content.extend((1..=components).flat_map(|component| [component, 0x11, 0]));
        content.extend([0xff, 0xda, 0, 6 + 2 * components, components]);
        content.extend((1..=components).flat_map(|component| [component, 0]));
        content.extend([0, 63, 0]);
        content.resize(6000, 0);
        content
    }

    #[test]
    fn a_jpeg_in_the_colours_of_a_print_is_refused() {
        assert_eq!(Picture::parse(jpeg(4)), Err(PictureFault::Cmyk));
        for components in [1, 3] {
            assert!(Picture::parse(jpeg(components)).is_ok(), "{components}");
        }
    }

    #[test]
    fn a_jpeg_whose_colours_cannot_be_read_is_taken() {
        let content = [b"\xff\xd8\xff\xe0".as_slice(), &vec![1; 6000]].concat();
        assert!(Picture::parse(content).is_ok());
    }
}
