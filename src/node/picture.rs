//! Pictures as they are published: read within bounds, turned as they were meant, made small enough, and written anew,
//! so that nothing is left of what a camera or a stranger put beside the pixels.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use sha2::{Digest, Sha256};

use crate::event::text::hex;

/// The most bytes of a picture as it is sent.
pub const LARGEST: usize = 12 * 1024 * 1024;
/// The longest side that is read, and the most memory it may take.
const READ: (u32, u64) = (10_000, 256 * 1024 * 1024);
/// The longest side that is published: a page's width on a fine screen.
const SHOWN: u32 = 1600;
/// JPEG quality at which nobody sees a difference.
const QUALITY: u8 = 82;

/// A picture to publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The last part of its address: its content's name.
    pub name: String,
    /// Its media type.
    pub kind: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Why a file is no picture for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// More bytes than [`LARGEST`].
    Large,
    /// Not a JPEG, PNG or WebP, whatever it is called; an SVG can hold a script.
    Kind,
    /// It begins like a picture, and is none, or one that takes too much to be read.
    Broken,
}

/// Makes a picture to publish of a file, whatever its name says.
///
/// # Errors
/// [`Unfit`].
pub fn make(bytes: &[u8]) -> Result<Picture, Unfit> {
    if bytes.len() > LARGEST {
        return Err(Unfit::Large);
    }
    let format = image::guess_format(bytes).map_err(|_| Unfit::Kind)?;
    if !matches!(format, ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP) {
        return Err(Unfit::Kind);
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height, limits.max_alloc) = (Some(READ.0), Some(READ.0), Some(READ.1));
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| Unfit::Broken)?;
    let turned = decoder.orientation().map_err(|_| Unfit::Broken)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|_| Unfit::Broken)?;
    picture.apply_orientation(turned);
    if picture.width() > SHOWN || picture.height() > SHOWN {
        picture = picture.resize(SHOWN, SHOWN, FilterType::CatmullRom);
    }
    let mut out = Vec::new();
    let see_through = picture.color().has_alpha() && picture.to_rgba8().pixels().any(|pixel| pixel.0[3] != 255);
    let (kind, extension) = if see_through { ("image/png", "png") } else { ("image/jpeg", "jpg") };
    let written = if see_through {
        DynamicImage::from(picture.to_rgba8()).write_to(&mut Cursor::new(&mut out), ImageFormat::Png)
    } else {
        picture.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut out, QUALITY))
    };
    written.map_err(|_| Unfit::Broken)?;
    let name = hex(&Sha256::digest(&out)[..16]);
    Ok(Picture { name: format!("{name}.{extension}"), kind, bytes: out })
}

/// The media type of a name that [`make`] gave.
pub fn kind_of(name: &str) -> Option<&'static str> {
    let (stem, extension) = name.split_once('.')?;
    let ours = stem.len() == 32 && stem.bytes().all(|b| b.is_ascii_hexdigit());
    match extension {
        "jpg" if ours => Some("image/jpeg"),
        "png" if ours => Some("image/png"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, height: u32, format: ImageFormat, alpha: u8) -> Vec<u8> {
        let pixels = image::RgbaImage::from_fn(width, height, |x, y| {
            image::Rgba([x.to_le_bytes()[0], y.to_le_bytes()[0], if x > width / 2 { 200 } else { 0 }, alpha])
        });
        let mut out = Vec::new();
        let whole = DynamicImage::from(pixels);
        let whole = if format == ImageFormat::Jpeg { DynamicImage::from(whole.to_rgb8()) } else { whole };
        whole.write_to(&mut Cursor::new(&mut out), format).unwrap();
        out
    }

    /// A JPEG with a camera's words and a word of our own put into its head (Exif: orientation 6, a comment).
    fn from_a_camera() -> Vec<u8> {
        let plain = picture(40, 20, ImageFormat::Jpeg, 255);
        let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec();
        exif.extend_from_slice(b"GPS 45.7640 4.8357 SECRET");
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        [&plain[..2], &[0xFF, 0xE1], &length, &exif, &plain[2..]].concat()
    }

    #[test]
    fn what_a_camera_noted_is_published_or_the_picture_lies_on_its_side() {
        let made = make(&from_a_camera()).unwrap();
        assert!(!made.bytes.windows(6).any(|w| w == b"SECRET") && !made.bytes.windows(4).any(|w| w == b"Exif"));
        let read = image::load_from_memory(&made.bytes).unwrap();
        assert_eq!((read.width(), read.height()), (20, 40), "it was turned by its note, which is gone");
        assert_eq!(made.kind, "image/jpeg");
        assert_eq!(kind_of(&made.name), Some("image/jpeg"));
        assert_eq!(make(&from_a_camera()).unwrap(), made, "one picture has two addresses");
    }

    #[test]
    fn a_large_picture_is_published_as_it_is_and_a_clear_one_turns_black() {
        let made = make(&picture(3200, 800, ImageFormat::WebP, 255)).unwrap();
        let read = image::load_from_memory(&made.bytes).unwrap();
        assert_eq!((read.width(), read.height()), (1600, 400));
        let made = make(&picture(10, 10, ImageFormat::Png, 128)).unwrap();
        assert_eq!(made.kind, "image/png");
        assert_eq!(image::load_from_memory(&made.bytes).unwrap().to_rgba8().get_pixel(0, 0).0[3], 128);
    }

    #[test]
    fn what_is_no_picture_is_published_as_one() {
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
        assert_eq!(make(svg), Err(Unfit::Kind));
        assert_eq!(make(b"%PDF-1.7"), Err(Unfit::Kind));
        assert_eq!(make(b""), Err(Unfit::Kind));
        let cut = &picture(40, 20, ImageFormat::Png, 255)[..60];
        assert_eq!(make(cut), Err(Unfit::Broken));
        assert_eq!(make(&vec![0; LARGEST + 1]), Err(Unfit::Large));
        // A bomb: a head that promises 60,000 × 60,000 pixels.
        let mut bomb = picture(40, 20, ImageFormat::Png, 255);
        bomb[16..24].copy_from_slice(&[0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60]);
        assert_eq!(make(&bomb), Err(Unfit::Broken));
        for name in ["../../etc/passwd", "a.svg", "0123456789abcdef0123456789abcdef.svg", ""] {
            assert!(kind_of(name).is_none(), "{name}");
        }
    }
}
