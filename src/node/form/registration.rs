//! How to come: the registration of an event, or of one of its slots.

use super::read::Reader;
use crate::event::{Capacity, Contact, Foreign, Per, Registration, Window, Zone};

impl Reader<'_> {
    /// What the fields that begin so say of a registration; nothing, where none says anything.
    pub(super) fn registration(&mut self, at: &str, known: Option<Registration>, zone: &Zone) -> Registration {
        let field = |column: &str| format!("{at}{column}");
        let href = self.word(&field("href"), "contact", |typed| {
            // An address to write to is typed without its scheme.
            let mail = typed.contains('@') && !typed.contains([':', '/', ' ']);
            Contact::new(&if mail { format!("mailto:{typed}") } else { typed.to_owned() })
        });
        let was = known.as_ref().map(|known| known.window).unwrap_or_default();
        let opens = self.when(&field("opens"), zone, was.opens());
        let closes = self.when(&field("closes"), zone, was.closes());
        let window = Window::new(opens, closes).unwrap_or_else(|| {
            self.problem(&field("closes"), "closes-before-opens", "");
            Window::default()
        });
        let (total, left) = (self.count(&field("capacity")), self.count(&field("left")));
        let capacity = Capacity::new(total, left).unwrap_or_else(|| {
            self.problem(&field("left"), "left-over", "");
            Capacity::default()
        });
        let registration = Registration {
            href,
            window,
            required: self.yes_no(&field("required")),
            free: self.yes_no(&field("free")),
            capacity,
            per: Per::from_code(self.form.get(&field("per"))),
            note: self.line(&field("note")),
            foreign: Foreign::default(),
        };
        if registration.is_empty() {
            // What a person sees of it was taken away; what shows nothing stays as it is.
            let hidden = |known: &Registration| {
                Registration { foreign: Foreign::default(), ..known.clone() } == Registration::default()
            };
            return known.filter(hidden).unwrap_or_default();
        }
        Registration { foreign: known.map(|known| known.foreign).unwrap_or_default(), ..registration }
    }
}
