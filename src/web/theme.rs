//! A lab's own look: its logo and colours, within what everyone can read.
//!
//! Colours are checked against what they stand on (WCAG 2.2, 1.4.3): one that could not be read is refused, with the
//! nearest one that can. The dark theme's colours follow from the light one's. A logo is read once and served from here, so
//! that no page loads anything from elsewhere.

use std::fmt;
use std::path::Path;

use super::Asset;

/// The largest logo, in bytes.
const MOST_BYTES: u64 = 300_000;
/// What words must reach against what they stand on.
const READABLE: f64 = 4.5;
/// What links stand on, in `style.css`: cards and paper, light and dark.
const LIGHT: [Colour; 2] = [Colour([0xFF, 0xFF, 0xFF]), Colour([0xF4, 0xF6, 0xF2])];
const DARK: [Colour; 2] = [Colour([0x17, 0x24, 0x25]), Colour([0x0F, 0x18, 0x19])];
const WHITE: Colour = Colour([0xFF, 0xFF, 0xFF]);
const BLACK: Colour = Colour([0, 0, 0]);
const INK: Colour = Colour([0x10, 0x18, 0x1A]);

/// What a site looks like beside the rest.
#[derive(Debug, Clone, Default)]
pub struct Theme {
    pub(super) logo: Option<std::sync::Arc<Asset>>,
    pub(super) style: Option<std::sync::Arc<Asset>>,
}

/// Why a theme cannot be used. The text says what to change.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unusable(String);

impl Theme {
    /// A theme from a file and two colours (`#rrggbb`): that of links, and that of the band at the top.
    ///
    /// # Errors
    /// [`Unusable`].
    pub fn new(logo: Option<&Path>, accent: Option<&str>, band: Option<&str>) -> Result<Theme, Unusable> {
        let logo = logo.map(read_logo).transpose()?.map(std::sync::Arc::new);
        let mut light = String::new();
        let mut dark = String::new();
        if let Some(accent) = accent {
            let colour = Colour::parse("theme.accent", accent)?;
            if !readable(colour, &LIGHT) {
                let near = moved(colour, INK, &LIGHT);
                return Err(Unusable(format!(
                    "theme.accent = {accent:?}: words of this colour on white cannot be read by everyone ({:.1} of 4.5); the nearest that can is \"{near}\"",
                    contrast(colour, LIGHT[1])
                )));
            }
            let lighter = moved(colour, WHITE, &DARK);
            light.push_str(&format!("--link: {colour}; --focus: {colour}; "));
            dark.push_str(&format!("--link: {lighter}; --focus: {lighter}; "));
        }
        if let Some(band) = band {
            let colour = Colour::parse("theme.band", band)?;
            let on = if contrast(colour, WHITE) >= contrast(colour, INK) { WHITE } else { INK };
            // On some colours of the middle neither can quite be read: the band then gives way by a shade.
            let colour = moved(colour, if on == WHITE { BLACK } else { WHITE }, &[on]);
            let quiet = quieter(on, colour);
            let soft = colour.towards(on, 0.12);
            light.push_str(&format!(
                "--pine: {colour}; --pine-soft: {soft}; --on-pine: {on}; --on-pine-quiet: {quiet}; "
            ));
            let night = moved(colour.towards(BLACK, 0.35), BLACK, &[WHITE]);
            let soft = night.towards(WHITE, 0.12);
            let quiet = quieter(WHITE, night);
            dark.push_str(&format!(
                "--pine: {night}; --pine-soft: {soft}; --on-pine: {WHITE}; --on-pine-quiet: {quiet}; "
            ));
        }
        let css = format!(":root {{ {light}}}\n@media (prefers-color-scheme: dark) {{ :root {{ {dark}}} }}\n");
        let style = (!light.is_empty()).then(|| Asset::new("theme", "css", "text/css; charset=utf-8", css.as_bytes()));
        Ok(Theme { logo, style: style.map(std::sync::Arc::new) })
    }
}

fn read_logo(path: &Path) -> Result<Asset, Unusable> {
    let unusable = |why: &dyn fmt::Display| Unusable(format!("theme.logo = {path:?}: {why}"));
    let length = std::fs::metadata(path).map_err(|error| unusable(&error))?.len();
    if length > MOST_BYTES {
        return Err(unusable(&format!("{length} bytes; at most {MOST_BYTES} are served with every page")));
    }
    let bytes = std::fs::read(path).map_err(|error| unusable(&error))?;
    // By what it is, not by what it is called. A drawing that runs something is stopped by the browser: the policy of
    // every answer allows no script.
    let (extension, kind) = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        ("png", "image/png")
    } else if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
        ("jpg", "image/jpeg")
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        ("webp", "image/webp")
    } else if std::str::from_utf8(&bytes).is_ok_and(|text| text.contains("<svg")) {
        ("svg", "image/svg+xml")
    } else {
        return Err(unusable(&"neither SVG, PNG, JPEG nor WebP"));
    };
    Ok(Asset::new("logo", extension, kind, &bytes))
}

/// A colour in sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Colour([u8; 3]);

impl Colour {
    fn parse(name: &str, text: &str) -> Result<Colour, Unusable> {
        let hex = text.strip_prefix('#').filter(|hex| hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit()));
        let part = |at: usize| hex.and_then(|hex| u8::from_str_radix(&hex[at..at + 2], 16).ok());
        match (part(0), part(2), part(4)) {
            (Some(red), Some(green), Some(blue)) => Ok(Colour([red, green, blue])),
            _ => Err(Unusable(format!("{name} = {text:?}: a colour such as \"#0a5d58\" is needed"))),
        }
    }

    /// Part of the way to another colour.
    fn towards(self, other: Colour, part: f64) -> Colour {
        let mixed = |at: usize| {
            let (a, b) = (f64::from(self.0[at]), f64::from(other.0[at]));
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two bytes")]
            let mixed = (a + (b - a) * part).round() as u8;
            mixed
        };
        Colour([mixed(0), mixed(1), mixed(2)])
    }

    /// WCAG 2.2, relative luminance.
    fn luminance(self) -> f64 {
        let linear = |byte: u8| {
            let value = f64::from(byte) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.0[0]) + 0.7152 * linear(self.0[1]) + 0.0722 * linear(self.0[2])
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0[0], self.0[1], self.0[2])
    }
}

/// WCAG 2.2, contrast ratio: 1 to 21.
fn contrast(a: Colour, b: Colour) -> f64 {
    let (a, b) = (a.luminance(), b.luminance());
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn readable(colour: Colour, on: &[Colour]) -> bool {
    on.iter().all(|on| contrast(colour, *on) >= READABLE)
}

/// The nearest colour on the way to another that can be read.
fn moved(colour: Colour, to: Colour, on: &[Colour]) -> Colour {
    let steps = (0..=50).map(|step| colour.towards(to, f64::from(step) / 50.0));
    steps.into_iter().find(|colour| readable(*colour, on)).unwrap_or(to)
}

/// Words of less weight on a colour, as quiet as can still be read.
fn quieter(words: Colour, on: Colour) -> Colour {
    let steps = (0..=30).rev().map(|step| words.towards(on, f64::from(step) / 100.0));
    steps.into_iter().find(|colour| readable(*colour, &[on])).unwrap_or(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_that_nobody_can_read_is_taken_or_refused_without_another() {
        let error = Theme::new(None, Some("#ffcc00"), None).unwrap_err().to_string();
        let near = error.rsplit('"').nth(1).unwrap();
        assert!(Theme::new(None, Some(near), None).is_ok(), "{error}");
        assert!(Theme::new(None, Some("yellow"), None).is_err());
        assert!(Theme::new(None, Some("#12"), None).is_err());
    }

    #[test]
    fn words_on_a_band_of_any_colour_cannot_be_read() {
        for red in (0..=255).step_by(51) {
            for green in (0..=255).step_by(51) {
                for blue in (0..=255).step_by(51) {
                    let band = Colour([red, green, blue]);
                    let theme = Theme::new(None, None, Some(&band.to_string())).unwrap();
                    let css = String::from_utf8(theme.style.unwrap().document.plain.body.to_vec()).unwrap();
                    for part in css.split("@media") {
                        let colour = |name: &str| {
                            let text = part.split(&format!("--{name}: ")).nth(1).unwrap();
                            Colour::parse(name, &text[..7]).unwrap()
                        };
                        assert!(contrast(colour("on-pine"), colour("pine")) >= READABLE, "{css}");
                        assert!(contrast(colour("on-pine-quiet"), colour("pine")) >= READABLE, "{css}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_logo_is_what_it_is_called() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logo.png");
        std::fs::write(&path, "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>").unwrap();
        let theme = Theme::new(Some(&path), None, None).unwrap();
        assert_eq!(theme.logo.unwrap().document.content_type, "image/svg+xml");
        std::fs::write(&path, "<html>").unwrap();
        assert!(Theme::new(Some(&path), None, None).is_err());
        assert!(Theme::new(Some(&folder.path().join("none.svg")), None, None).is_err());
    }
}
