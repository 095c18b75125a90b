//! The look of a site, a lab's or a programme's.

use std::path::PathBuf;

use serde::Deserialize;

use super::optional;

/// A site's own look.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Theme {
    /// A file: SVG, PNG, JPEG or WebP.
    pub logo: Option<PathBuf>,
    /// The colour of links, `#rrggbb`.
    pub accent: Option<String>,
    /// The colour of the band at the top, `#rrggbb`.
    pub band: Option<String>,
}

impl Theme {
    pub(super) fn print(&self, out: &mut String) {
        out.push_str("\n# Its look. Colours that cannot be read on what they stand on are refused, with the nearest that can.\n[theme]\n");
        let logo = self.logo.as_ref().map(|path| path.display().to_string());
        out.push_str("# a file: SVG, PNG, JPEG or WebP\n");
        optional(out, "logo", logo.ok_or_else(|| "/etc/essaim/logo.svg".to_owned()));
        out.push_str("# links, and the band at the top\n");
        optional(out, "accent", self.accent.clone().ok_or_else(|| "#0a5d58".to_owned()));
        optional(out, "band", self.band.clone().ok_or_else(|| "#12383a".to_owned()));
    }
}
