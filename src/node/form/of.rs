//! An event as one would have typed it.

use super::{Form, when};
use crate::event::{
    Address, Availability, Contact, Event, Line, Link, Mode, Online, OnlineAccess, Organiser, Per, Place, Registration,
    Slot, Status, Term, Zone,
};
use crate::node::text;

impl Form {
    /// An event as one would have typed it. Hours of which no zone was said are shown on the clock of `zone`, the lab's.
    pub fn of(event: &Event, pictures: &Address, zone: Option<&Zone>) -> Form {
        let mut form = Form::default();
        form.set("title", event.title.as_str());
        form.put("summary", event.summary.as_ref());
        form.put("body", event.body.as_ref().map(text::from_html));
        form.put("notice", event.notice.as_ref().and_then(|notice| notice.text.as_ref()));
        for (n, slot) in event.slots.iter().enumerate() {
            form.slot(n, slot, event.zone_of(slot).or(zone));
        }
        form.put("mode", event.mode.map(Mode::code));
        for (n, place) in event.places.iter().enumerate() {
            form.set(&format!("place-{n}-ref"), n.to_string());
            form.place(&format!("place-{n}-"), place);
        }
        for (n, online) in event.online.iter().enumerate() {
            form.set(&format!("online-{n}-ref"), n.to_string());
            form.online(&format!("online-{n}-"), online);
        }
        if let Some(registration) = event.registration.as_ref() {
            form.registration("registration-", registration, event.zone.as_ref().or(zone));
        }
        if let Some(image) = event.image.as_ref() {
            let own = image.href.as_str().strip_prefix(pictures.as_str());
            form.set("image", own.unwrap_or(image.href.as_str()));
            form.set("image-alt", image.alt.as_str());
        }
        form.people(event);
        form.lists(event);
        form.put("language", event.language.as_ref());
        form.put("zone", event.zone.as_ref());
        form.put("licence", event.licence.as_ref().map(|licence| licence.href.as_str()));
        form.put("rights", event.rights.as_ref());
        let mut tick = |name: &str, code: &str| form.values.push((name.to_owned(), code.to_owned()));
        event.formats.iter().for_each(|code| tick("format", code.code()));
        event.audiences.iter().for_each(|code| tick("audience", code.code()));
        event.access.iter().flat_map(|access| &access.codes).for_each(|code| tick("access", code.code()));
        form
    }

    fn slot(&mut self, n: usize, slot: &Slot, zone: Option<&Zone>) {
        let at = format!("slot-{n}-");
        self.set(&format!("{at}ref"), slot.name.to_string());
        for (column, value) in when::cells(&slot.when, zone) {
            self.set(&format!("{at}{column}"), value);
        }
        self.put(&format!("{at}zone"), slot.zone.as_ref());
        self.put(&format!("{at}availability"), slot.availability.map(Availability::code));
        self.put(&format!("{at}status"), slot.status.map(Status::code));
        if slot.place.is_some() || slot.online.is_some() || slot.registration.is_some() {
            self.set(&format!("{at}own"), "1");
        }
        if let Some(place) = slot.place.as_ref() {
            self.place(&format!("{at}place-"), place);
        }
        if let Some(online) = slot.online.as_ref() {
            self.online(&format!("{at}online-"), online);
        }
        if let Some(registration) = slot.registration.as_ref() {
            self.registration(&format!("{at}registration-"), registration, zone);
        }
    }

    fn place(&mut self, at: &str, place: &Place) {
        self.put(&format!("{at}name"), place.name.as_ref());
        self.put(&format!("{at}street"), place.street.as_ref());
        self.put(&format!("{at}postcode"), place.postcode.as_ref());
        self.put(&format!("{at}city"), place.locality.as_ref());
        self.put(&format!("{at}country"), place.country.as_ref());
        self.put(&format!("{at}geo"), place.geo.map(|geo| format!("{}, {}", geo.lat(), geo.lon())));
    }

    fn online(&mut self, at: &str, online: &Online) {
        match &online.access {
            OnlineAccess::Public(href) => {
                self.set(&format!("{at}access"), "public");
                self.put(&format!("{at}href"), href.as_ref());
            }
            OnlineAccess::Registered => self.set(&format!("{at}access"), "registered"),
        }
        self.put(&format!("{at}note"), online.note.as_ref());
    }

    fn registration(&mut self, at: &str, registration: &Registration, zone: Option<&Zone>) {
        let yes_no = |value: bool| if value { "yes" } else { "no" };
        // An address to write to is shown as it is typed.
        let plain = |href: &'_ Contact| {
            let mail = href
                .as_str()
                .strip_prefix("mailto:")
                .filter(|mail| mail.contains('@') && !mail.contains([':', '/', ' ']));
            mail.unwrap_or(href.as_str()).to_owned()
        };
        self.put(&format!("{at}href"), registration.href.as_ref().map(plain));
        self.put(&format!("{at}required"), registration.required.map(yes_no));
        self.put(&format!("{at}free"), registration.free.map(yes_no));
        self.put(&format!("{at}capacity"), registration.capacity.total());
        self.put(&format!("{at}left"), registration.capacity.remaining());
        self.put(&format!("{at}per"), registration.per.map(Per::code));
        self.put(&format!("{at}opens"), registration.window.opens().map(|opens| when::minute(opens, zone)));
        self.put(&format!("{at}closes"), registration.window.closes().map(|closes| when::minute(closes, zone)));
        self.put(&format!("{at}note"), registration.note.as_ref());
    }

    fn people(&mut self, event: &Event) {
        for (n, speaker) in event.speakers.iter().enumerate() {
            self.set(&format!("speaker-{n}-name"), speaker.name.as_str());
            self.put(&format!("speaker-{n}-affiliation"), speaker.affiliation.as_ref());
            self.put(&format!("speaker-{n}-role"), speaker.role.as_ref());
            self.put(&format!("speaker-{n}-page"), speaker.page.as_ref());
        }
        for (n, organiser) in event.organisers.iter().skip(1).enumerate() {
            self.set(&format!("organiser-{n}-name"), organiser.name.as_str());
            self.put(&format!("organiser-{n}-page"), organiser.page.as_ref());
            let role = organiser.role.as_ref().map(Line::as_str).filter(|role| *role != Organiser::CO_ORGANISER);
            self.put(&format!("organiser-{n}-role"), role);
        }
        for (n, resource) in event.resources.iter().enumerate() {
            self.set(&format!("resource-{n}-href"), resource.href.as_str());
            self.set(&format!("resource-{n}-kind"), resource.kind.code());
            self.put(&format!("resource-{n}-title"), resource.title.as_ref());
            self.put(&format!("resource-{n}-type"), resource.media_type.as_ref());
            self.put(&format!("resource-{n}-length"), resource.length);
        }
    }

    fn lists(&mut self, event: &Event) {
        self.set("tags", joined(event.tags.iter()));
        self.set("topics", joined(event.topics.iter().map(called)));
        for (n, edition) in event.editions.iter().enumerate() {
            self.set(&format!("edition-{n}-code"), edition.code.as_str());
            self.put(&format!("edition-{n}-title"), edition.label.as_ref());
        }
        for (n, series) in event.series.iter().enumerate() {
            self.set(&format!("series-{n}-ref"), series.id.as_str());
            self.set(&format!("series-{n}-title"), series.title.as_ref().map_or(series.id.as_str(), Line::as_str));
            self.put(&format!("series-{n}-step"), series.step.position());
            self.put(&format!("series-{n}-total"), series.step.total());
        }
        for (n, region) in event.regions.iter().enumerate() {
            self.set(&format!("region-{n}-code"), region.code.as_str());
        }
        self.put("access-note", event.access.as_ref().and_then(|access| access.note.as_ref()));
        for (n, link) in event.links.iter().enumerate() {
            self.link(&format!("link-{n}-"), link);
        }
        for (n, category) in event.categories.iter().enumerate() {
            self.set(&format!("category-{n}-scheme"), category.scheme.as_str());
            self.set(&format!("category-{n}-term"), category.term.as_str());
            self.put(&format!("category-{n}-title"), category.label.as_ref());
        }
    }

    fn link(&mut self, at: &str, link: &Link) {
        self.set(&format!("{at}href"), link.href.as_str());
        self.put(&format!("{at}title"), link.title.as_ref());
        self.set(&format!("{at}rel"), link.rel.as_str());
        self.put(&format!("{at}type"), link.media_type.as_ref());
        self.put(&format!("{at}language"), link.language.as_ref());
    }
}

/// What people call a term.
pub(super) fn called(term: &Term) -> &Line {
    term.label.as_ref().unwrap_or(&term.code)
}

/// Words in one field, parted by commas; those in which a comma stands are in quotation marks.
fn joined<'a>(words: impl Iterator<Item = &'a Line>) -> String {
    let one = |word: &'a Line| {
        let text = word.as_str();
        // What would be read otherwise than it is said.
        let marked = text.starts_with('"') || super::lists::words(text) != [word.clone()];
        if marked { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
    };
    words.map(one).collect::<Vec<_>>().join(", ")
}
