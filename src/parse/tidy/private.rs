//! What is not for everyone: meeting rooms of those who registered with their codes, people's telephones and mailboxes.
//!
//! Hidden here is how to know them in a text or in a link. What a lab publishes for everyone stays: registration pages,
//! landlines, role mailboxes (`contact@`, `inscription@`). In the place of what is hidden stands a word in the entry's
//! language that says so, since a sentence with a hole in it would read as broken. A finding tells the kind, never the
//! datum itself.

use super::Notes;
use crate::event::link::is_of;
use crate::event::text::fold;
use crate::event::{Address, Line, Organiser};
use crate::language::Tongue;
use crate::programme::Code;

/// Looks for private things in the words and links of one entry, and remembers which it found.
pub struct Hide {
    tongue: Tongue,
    /// Whether rooms are private: not where the entry declares its online access public.
    rooms: bool,
    /// The room that was found: by its host, which tells nothing.
    room: Option<String>,
    telephone: bool,
    mailbox: bool,
    /// The text before ended where a code would stand.
    pending: bool,
}

/// What is hidden, and what stands in its place.
#[derive(Clone, Copy)]
enum Kind {
    Room,
    Code,
    Telephone,
    Mailbox,
}

impl Hide {
    /// For an entry in a language; `rooms` says whether meeting rooms are private.
    pub fn new(tongue: Tongue, rooms: bool) -> Hide {
        Hide { tongue, rooms, room: None, telephone: false, mailbox: false, pending: false }
    }

    /// Says what was found.
    pub fn done(self, notes: &mut Notes<'_>) {
        if let Some(host) = &self.room {
            notes.find(Code::PrivateLink, host);
        }
        let kinds = [(self.telephone, "telephone"), (self.mailbox, "e-mail")];
        let kinds: Vec<&str> = kinds.into_iter().filter(|(found, _)| *found).map(|(_, kind)| kind).collect();
        if !kinds.is_empty() {
            notes.find(Code::PersonalData, &kinds.join(", "));
        }
    }

    /// Whether an address is a room that only the registered should know.
    pub fn address(&mut self, address: &Address) -> bool {
        let private = self.rooms && is_room(address);
        if private {
            self.room.get_or_insert_with(|| address.host_name().to_owned());
        }
        private
    }

    /// Whether a link that is no address of a page leads to a person: `mailto:` or `tel:`.
    pub fn person(&mut self, link: &str) -> bool {
        match link.split_once(':') {
            Some((scheme, to)) if scheme.eq_ignore_ascii_case("mailto") => {
                let to = to.replace("%40", "@").replace("%2E", ".");
                let personal = to.split(['?', ',', ';', '&', '=']).any(is_personal);
                self.mailbox |= personal;
                personal
            }
            Some((scheme, to)) if scheme.eq_ignore_ascii_case("tel") => {
                let to = to.replace("%20", " ");
                let personal = telephone(&to, 0).is_some();
                self.telephone |= personal;
                personal
            }
            _ => false,
        }
    }

    /// An organiser as they may be named: feeds write a mailbox where a name is meant. `None` when there is no other name.
    pub fn organiser(&mut self, mut organiser: Organiser) -> Option<Organiser> {
        let name = organiser.name.as_str();
        if !name.contains('@') {
            return Some(organiser);
        }
        let is_mailbox = |word: &str| is_personal(word.trim_matches(|c: char| "()<>\"'".contains(c)));
        if !name.split_whitespace().any(is_mailbox) {
            return Some(organiser);
        }
        self.mailbox = true;
        let rest: Vec<&str> = name.split_whitespace().filter(|word| !is_mailbox(word)).collect();
        organiser.name = Line::new(rest.join(" ").trim_matches(|c: char| "()<>\"' -,;".contains(c))).ok()?;
        Some(organiser)
    }

    /// A text that stands alone, with what is private hidden; `None` when nothing is.
    pub fn line(&mut self, text: &str) -> Option<String> {
        self.pending = false;
        let hidden = self.text(text);
        self.pending = false;
        hidden
    }

    /// The same of a run of a longer text, which may go on from the one before.
    pub fn text(&mut self, text: &str) -> Option<String> {
        let pending = std::mem::take(&mut self.pending);
        let (mut sign, mut digits) = (false, 0);
        for byte in text.bytes() {
            sign |= matches!(byte, b'@' | b'/');
            digits += u32::from(byte.is_ascii_digit());
        }
        // Fewer digits are neither a telephone nor a code; a few words may still announce one that follows.
        if !sign && digits < FEWEST_DIGITS && !pending && text.len() > LONGEST_ANNOUNCEMENT {
            return None;
        }
        let bytes = text.as_bytes();
        let mut out = String::new();
        let (mut done, mut at) = (0, 0);
        if pending && let Some((start, end)) = value(text, 0, self.room.is_some(), true) {
            self.hide(&mut out, &text[..start], Kind::Code);
            (done, at) = (end, end);
        }
        while at < bytes.len() {
            let word_starts = match at.checked_sub(1).map(|before| bytes[before]) {
                None => true,
                Some(before) if before.is_ascii() => !before.is_ascii_alphanumeric(),
                Some(_) => bytes[at].is_ascii() && !text[..at].ends_with(char::is_alphanumeric),
            };
            let hit = match bytes[at] {
                b'@' => mailbox(text, at, done).map(|(start, end)| (start, end, Kind::Mailbox)),
                b'/' => {
                    let (start, end, address) = address_around(text, at, done);
                    if !address.is_some_and(|address| self.address(&address)) {
                        // Nothing else is looked for inside an address.
                        at = end;
                        continue;
                    }
                    Some((start, end, Kind::Room))
                }
                b'0' | b'+' if word_starts => telephone(text, at).map(|end| (at, end, Kind::Telephone)),
                // The letters that words begin with which announce a code.
                b'c' | b'C' | b'i' | b'I' | b'm' | b'M' | b'n' | b'N' | b'p' | b'P' | b'w' | b'W'
                    if word_starts && self.rooms =>
                {
                    match announced(&text[at..], self.room.is_some()) {
                        Some(length) => match value(text, at + length, self.room.is_some(), false) {
                            Some((start, end)) => Some((start, end, Kind::Code)),
                            None => {
                                let rest = text[at + length..].trim_start_matches(is_between);
                                self.pending = rest.is_empty();
                                None
                            }
                        },
                        None => None,
                    }
                }
                _ => None,
            };
            match hit {
                Some((start, end, kind)) => {
                    self.hide(&mut out, &text[done..start], kind);
                    (done, at) = (end, end);
                }
                None => at += 1,
            }
        }
        if done == 0 {
            return None;
        }
        out.push_str(&text[done..]);
        Some(out)
    }

    fn hide(&mut self, out: &mut String, before: &str, kind: Kind) {
        out.push_str(before);
        let key = match kind {
            Kind::Room => "hidden-room",
            Kind::Code => "hidden-code",
            Kind::Telephone => {
                self.telephone = true;
                "hidden-telephone"
            }
            Kind::Mailbox => {
                self.mailbox = true;
                "hidden-mailbox"
            }
        };
        out.push_str(&self.tongue.say(key));
    }

    /// What stands where a person's address was all that was said.
    pub fn in_place_of(&self, link: &str) -> Option<Line> {
        let key = if link.starts_with("tel:") { "hidden-telephone" } else { "hidden-mailbox" };
        Line::new(&self.tongue.say(key)).ok()
    }
}

/// A text with every mailbox, telephone and room hidden, for what is shown of an entry besides its own words.
pub fn hidden(text: &str) -> Option<String> {
    Hide::new(Tongue::default(), true).text(text)
}

/// The fewest digits that are worth a look: those of a short code.
const FEWEST_DIGITS: u32 = 4;
/// A text is looked at whatever its signs when it is no longer than words that announce a code (bytes).
const LONGEST_ANNOUNCEMENT: usize = 48;

/// Where rooms are: the end of the host's name, and what a room's path holds; anything at all where that is empty.
const ROOMS: [(&str, &[&str]); 32] = [
    ("zoom.us", &["/j/", "/s/", "/w/", "/my/", "/wc/"]),
    ("zoom.com", &["/j/", "/s/", "/w/", "/my/", "/wc/"]),
    ("zoomgov.com", &["/j/", "/s/", "/w/", "/my/", "/wc/"]),
    ("teams.microsoft.com", &["/l/meetup-join/", "/meet/", "/l/meeting/"]),
    ("teams.microsoft.us", &["/l/meetup-join/", "/meet/"]),
    ("teams.cloud.microsoft", &["/l/meetup-join/", "/meet/"]),
    ("teams.live.com", &["/l/meetup-join/", "/meet/"]),
    ("webex.com", &["/meet/", "/join/", "/j.php", "/wbxmjs/", "/webappng/", "/m/"]),
    ("meet.google.com", &[]),
    ("meet.jit.si", &[]),
    ("8x8.vc", &[]),
    ("framatalk.org", &[]),
    ("kmeet.infomaniak.com", &[]),
    ("talky.io", &[]),
    ("whereby.com", &[]),
    ("gotomeeting.com", &["/join/"]),
    ("gotowebinar.com", &["/join/"]),
    ("meet.goto.com", &[]),
    ("app.goto.com", &["/meeting/"]),
    ("bluejeans.com", &[]),
    ("join.skype.com", &[]),
    ("meet.lync.com", &[]),
    ("chime.aws", &[]),
    ("livestorm.co", &["/live"]),
    ("meet.starleaf.com", &[]),
    ("tixeo.com", &["/meet", "/join", "/c/", "/guest"]),
    ("visio.numerique.gouv.fr", &[]),
    ("webconf.numerique.gouv.fr", &[]),
    ("webinaire.numerique.gouv.fr", &["/meeting/"]),
    ("visio-agents.education.fr", &["/meeting/"]),
    ("rendez-vous.renater.fr", &[]),
    ("comu.gouv.fr", &[]),
];

/// What the first part of the host's name is where an organisation runs a server of its own: BigBlueButton, Jitsi,
/// Tixeo. Digits after it number the servers.
const OWN_SERVERS: [&str; 9] =
    ["bbb", "bigbluebutton", "jitsi", "meet", "visio", "visioconf", "visioconference", "webconf", "tixeo"];

/// Whether an address lets whoever has it into a meeting. A page to register for one does not.
pub fn is_room(address: &Address) -> bool {
    let (host, path) = (address.host_name(), address.path());
    if path.len() <= 1 || ["register", "registration", "inscription"].iter().any(|word| path.contains(word)) {
        return false;
    }
    if let Some((_, paths)) = ROOMS.iter().find(|(domain, _)| is_of(host, domain)) {
        return paths.is_empty() || paths.iter().any(|part| path.contains(part));
    }
    let first = host.split('.').next().unwrap_or_default().trim_end_matches(|c: char| c.is_ascii_digit() || c == '-');
    OWN_SERVERS.contains(&first) || path.contains("/bigbluebutton/") || is_greenlight(path)
}

/// `/b/abc-def-ghi`: how BigBlueButton's usual portal calls its rooms.
fn is_greenlight(path: &str) -> bool {
    let Some((_, room)) = path.split_once("/b/") else { return false };
    let name = room.split('/').next().unwrap_or_default();
    let groups: Vec<&str> = name.split('-').collect();
    (3..=4).contains(&groups.len())
        && groups.iter().all(|g| g.len() == 3 && g.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// The word around the slash at `at`, and the address that it is, with its scheme or without.
fn address_around(text: &str, at: usize, from: usize) -> (usize, usize, Option<Address>) {
    let part = |c: char| !c.is_whitespace() && !"<>\"'()[]{}«»“”|".contains(c);
    let before = text[from..at].char_indices().rev().take_while(|(_, c)| part(*c)).last();
    let start = before.map_or(at, |(index, _)| from + index);
    let end = text[at..].char_indices().find(|(_, c)| !part(*c)).map_or(text.len(), |(index, _)| at + index);
    let word = text[start..end].trim_end_matches(['.', ',', ';', ':', '!', '?']);
    let end = (start + word.len()).max(at + 1);
    match word.find("://") {
        // What stands before the scheme is another word: `lien:https://…`.
        Some(colon) => {
            let scheme = word[..colon].bytes().rev().take_while(u8::is_ascii_alphabetic).count();
            (start + colon - scheme, end, Address::new(&word[colon - scheme..]).ok())
        }
        // A host has a dot in it; `et/ou` has none.
        None if word.split('/').next().is_some_and(|host| host.contains('.')) => {
            (start, end, Address::new(&format!("https://{word}")).ok())
        }
        None => (start, end, None),
    }
}

/// The personal mailbox around the `@` at `at`.
fn mailbox(text: &str, at: usize, from: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let local = |b: &u8| b.is_ascii_alphanumeric() || b"._%+-".contains(b);
    let start = at - bytes[from..at].iter().rev().take_while(|b| local(b)).count();
    let domain = bytes[at + 1..].iter().take_while(|b| b.is_ascii_alphanumeric() || b".-".contains(b)).count();
    let word = text[start..at + 1 + domain].trim_end_matches(['.', '-']);
    is_personal(word).then_some((start, start + word.len()))
}

/// Where anyone may have a mailbox.
const WEBMAIL: &str = " gmail.com googlemail.com orange.fr wanadoo.fr free.fr sfr.fr neuf.fr laposte.net hotmail.com hotmail.fr \
    outlook.com outlook.fr live.com live.fr msn.com yahoo.com yahoo.fr ymail.com icloud.com me.com mac.com \
    gmx.com gmx.fr aol.com protonmail.com proton.me pm.me bbox.fr numericable.fr aliceadsl.fr \
    club-internet.fr tutanota.com posteo.net mailo.com ";

/// Words of a mailbox that many read, or nobody: as one of the parts of its name, an `s` or a number after it.
const ROLES: &str = " accueil admin administration agenda aide appel asso association atelier bdv bibliotheque billetterie \
    bonjour boutique bureau cabinet campus candidature cellule centre citoyen club collectif com comm \
    communication concertation contact coordination culture delegation departement design direction \
    documentation dpo dsi ecole education emploi equipe evenement evenementiel event fablab festival \
    formation hello hotline info information innovation inscription invitation jeunesse lab labo \
    laboratoire logement mairie maison media mediation mediatheque metropole mip mission musee newsletter \
    noreply numerique office participation partenariat permanence pole prefecture presse press prevention \
    programmation programme projet public publication recrutement redaction region reservation rh rse sante \
    scolaire secretariat service social sport support tech team technique urbanisme vie ville visite \
    webmaster welcome ";

/// Whether a mailbox is one person's: at a provider where anyone may have one, or named like a person
/// (`prenom.nom@`); never when a part of its name is a role, or the name of the organisation whose domain it is of.
fn is_personal(mailbox: &str) -> bool {
    let Some((local, domain)) = mailbox.trim().rsplit_once('@') else { return false };
    let (local, domain) = (fold(local), domain.trim_end_matches('.').to_ascii_lowercase());
    if local.is_empty() || !domain.contains('.') {
        return false;
    }
    let parts: Vec<&str> = local.split(['.', '_', '-', '+']).filter(|part| !part.is_empty()).collect();
    let is_role = |part: &&str| {
        let word = part.trim_end_matches(|c: char| c.is_ascii_digit());
        let known = |word: &str| ROLES.split(' ').any(|role| !word.is_empty() && role == word);
        known(word) || word.strip_suffix('s').is_some_and(known)
    };
    if parts.iter().any(is_role) || parts.contains(&"no") && parts.contains(&"reply") {
        return false;
    }
    if WEBMAIL.split(' ').any(|known| known == domain) {
        return true;
    }
    let joined = parts.concat();
    let names: Vec<&str> = local.split(['.', '_']).collect();
    let letters = |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_alphabetic() || c == '-');
    let letters =
        names.iter().map(|name| name.trim_end_matches(|c: char| c.is_ascii_digit())).all(|name| letters(&name));
    (2..=4).contains(&names.len()) && letters && !domain.replace(['.', '-'], "").contains(&joined)
}

/// Where a mobile number ends that begins at `at`; landlines are an organisation's.
fn telephone(text: &str, at: usize) -> Option<usize> {
    // Within an address, an identifier or a longer number there is none.
    if text[..at].ends_with(['/', '=', '_', '-', '.', '+', '&', '#']) && !text[..at].ends_with(" -") {
        return None;
    }
    let rest = &text[at..];
    let length = if let Some(abroad) = rest.strip_prefix('+').or_else(|| rest.strip_prefix("00")) {
        let prefix = rest.len() - abroad.len();
        abroad_mobile(abroad).map(|length| prefix + length)
    } else {
        french_mobile(rest)
    }?;
    let next = rest[length..].chars().next();
    (!next.is_some_and(|c| c.is_alphanumeric())).then_some(at + length)
}

/// `06 12 34 56 78`, its pairs set apart all in one way (the first two may stand together): others are dates and sums.
fn french_mobile(text: &str) -> Option<usize> {
    let mut chars = text.char_indices().peekable();
    chars.next_if(|(_, c)| *c == '0')?;
    chars.next_if(|(_, c)| matches!(c, '6' | '7'))?;
    let mut between = [None; 4];
    for sign in &mut between {
        *sign = chars.next_if(|(_, c)| is_sign(*c)).map(|(_, c)| c);
        chars.next_if(|(_, c)| c.is_ascii_digit())?;
        chars.next_if(|(_, c)| c.is_ascii_digit())?;
    }
    let [first, rest @ ..] = between;
    let even = rest.iter().all(|sign| *sign == rest[0]) && (first == rest[0] || first.is_none());
    even.then(|| chars.next().map_or(text.len(), |(at, _)| at))
}

fn is_sign(c: char) -> bool {
    matches!(c, ' ' | '.' | '-' | '/' | '\u{a0}' | '\u{202f}' | '\u{2009}')
}

/// Numbering plans that set mobiles apart: country, how mobile numbers begin, how many digits they have.
/// After ITU-T E.164 and the national plans.
const MOBILES: [(&str, &[&str], std::ops::RangeInclusive<usize>); 17] = [
    ("33", &["6", "7"], 9..=9),
    ("32", &["4"], 9..=9),
    ("41", &["7"], 9..=9),
    ("352", &["6"], 9..=9),
    ("49", &["15", "16", "17"], 10..=11),
    ("34", &["6", "7"], 9..=9),
    ("39", &["3"], 9..=10),
    ("44", &["7"], 10..=10),
    ("351", &["9"], 9..=9),
    ("31", &["6"], 9..=9),
    ("590", &["690", "691"], 9..=9),
    ("594", &["694"], 9..=9),
    ("596", &["696", "697"], 9..=9),
    ("262", &["692", "693", "639"], 9..=9),
    ("212", &["6", "7"], 9..=9),
    ("213", &["5", "6", "7"], 9..=9),
    ("216", &["2", "5", "9"], 8..=8),
];

/// A mobile number after `+` or `00`: how long it is, with its signs and a `(0)`.
fn abroad_mobile(text: &str) -> Option<usize> {
    let trunk = text.find("(0)").filter(|at| *at <= 5);
    let mut digits = String::new();
    let mut gap = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if trunk.is_some_and(|trunk| (trunk..trunk + 3).contains(&at)) => gap = false,
            '0'..='9' if digits.len() < 15 => {
                digits.push(c);
                gap = false;
                let next = text.as_bytes().get(at + 1);
                if !next.is_some_and(u8::is_ascii_digit) && is_mobile(&digits) {
                    return Some(at + 1);
                }
            }
            c if is_sign(c) && !gap => gap = true,
            _ => break,
        }
    }
    None
}

fn is_mobile(digits: &str) -> bool {
    MOBILES.iter().any(|(country, beginnings, length)| {
        digits.strip_prefix(country).is_some_and(|number| {
            length.contains(&number.len()) && beginnings.iter().any(|beginning| number.starts_with(beginning))
        })
    })
}

/// Words that announce the number or the code of a meeting.
const ANNOUNCED: [&str; 12] = [
    "code secret",
    "passcode",
    "meeting id",
    "webinar id",
    "conference id",
    "meeting number",
    "id de reunion",
    "id de la reunion",
    "id reunion",
    "id de conference",
    "identifiant de reunion",
    "numero de reunion",
];

/// Words that do so only beside a meeting's address.
const ANNOUNCED_BESIDE: [&str; 6] = ["mot de passe", "code d'acces", "password", "code pin", "code", "pin"];

/// How long the words are that announce a code, where the text begins with them.
fn announced(text: &str, beside: bool) -> Option<usize> {
    let more = ANNOUNCED_BESIDE.iter().filter(|_| beside);
    ANNOUNCED.iter().chain(more).find_map(|words| begins_folded(text, words))
}

/// How much of a text reads as `words`, which are folded: case and accents aside, and any space for a space.
fn begins_folded(text: &str, words: &str) -> Option<usize> {
    let mut chars = text.char_indices();
    for word in words.chars() {
        let (_, c) = chars.next()?;
        let plain = match c {
            'é' | 'è' | 'ê' | 'É' | 'È' | 'Ê' => 'e',
            '’' => '\'',
            '\u{a0}' | '\u{202f}' => ' ',
            c => c.to_ascii_lowercase(),
        };
        if plain != word {
            return None;
        }
    }
    let (end, next) = chars.next().unwrap_or((text.len(), ' '));
    (!next.is_alphanumeric()).then_some(end)
}

fn is_between(c: char) -> bool {
    c.is_whitespace() || matches!(c, ':' | '=' | '#' | '>' | '-' | '–')
}

/// The code or number that stands at `from`, signs left out. Beside a meeting's address, a word after a colon is one;
/// `colon` says that there was one before.
fn value(text: &str, from: usize, beside: bool, colon: bool) -> Option<(usize, usize)> {
    let rest = &text[from..];
    let start = rest.len() - rest.trim_start_matches(is_between).len();
    let colon = colon || rest[..start].contains([':', '=']);
    let value = &rest[start..];
    let stop = |c: char| c.is_whitespace() || "<>\"'()[],;«»".contains(c);
    let first = value.find(stop).unwrap_or(value.len());
    let token = value[..first].trim_end_matches(['.', '!', '?']);
    let mut end = token.len();
    if token.is_empty() || token.contains("://") || announced(value, beside).is_some() {
        return None;
    }
    let numeric = |token: &str| !token.is_empty() && token.bytes().all(|b| b.is_ascii_digit() || b == b'#');
    if numeric(token) {
        // Numbers of meetings are written in groups.
        while let Some(next) = value[end..].strip_prefix([' ', '\u{a0}', '\u{202f}']) {
            let group = next.find(stop).unwrap_or(next.len());
            let group = next[..group].trim_end_matches(['.', '!', '?']);
            if !numeric(group) {
                break;
            }
            end = value.len() - next.len() + group.len();
        }
    }
    let digits = value[..end].bytes().filter(u8::is_ascii_digit).count();
    let is_code = digits >= 4 || colon && (digits >= 1 || beside) && (4..=32).contains(&token.chars().count());
    is_code.then_some((from + start, from + start + end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hide(text: &str) -> Option<String> {
        hidden(text)
    }

    #[test]
    fn a_room_of_the_registered_is_told_to_everyone() {
        for (text, shown) in [
            (
                "Rejoindre : https://us02web.zoom.us/j/81234567890?pwd=aB3.1.",
                "Rejoindre : [lien réservé aux inscrits].",
            ),
            ("us02web.zoom.us/j/8123 (à 10h)", "[lien réservé aux inscrits] (à 10h)"),
            ("lien:https://meet.google.com/abc-defg-hij", "lien:[lien réservé aux inscrits]"),
            (
                "<https://teams.microsoft.com/l/meetup-join/19%3ameeting_x/0?context=%7b%7d>",
                "<[lien réservé aux inscrits]>",
            ),
            ("https://acme.webex.com/acme/j.php?MTID=m1", "[lien réservé aux inscrits]"),
            ("https://bbb3.univ.example/b/abc-def-ghi", "[lien réservé aux inscrits]"),
            ("https://visio.numerique.gouv.fr/abc-defg-hij", "[lien réservé aux inscrits]"),
            ("https://webconf.numerique.gouv.fr/AtelierEau1234", "[lien réservé aux inscrits]"),
            ("https://rendez-vous.renater.fr/atelier", "[lien réservé aux inscrits]"),
            ("https://app.livestorm.co/p/5f1-a/live?email=x", "[lien réservé aux inscrits]"),
            ("https://global.gotomeeting.com/join/123", "[lien réservé aux inscrits]"),
            ("https://portail.example/bigbluebutton/api/join?x=1", "[lien réservé aux inscrits]"),
            (
                "ID de réunion : 812 3456 7890 Code secret : 123456",
                "ID de réunion : [code masqué] Code secret : [code masqué]",
            ),
            ("Meeting ID: 812 3456 7890\nPasscode: Xk9!f", "Meeting ID: [code masqué]\nPasscode: [code masqué]"),
            ("https://zoom.us/j/1 mot de passe : tulipe", "[lien réservé aux inscrits] mot de passe : [code masqué]"),
        ] {
            assert_eq!(hide(text).as_deref(), Some(shown), "{text}");
            assert_eq!(hide(shown), None, "{shown}");
        }
        for text in [
            "https://us02web.zoom.us/webinar/register/WN_x1",
            "https://zoom.us/meeting/register/tZ",
            "https://events.teams.microsoft.com/event/1/register",
            "https://app.livestorm.co/lab/atelier",
            "https://register.gotowebinar.com/register/12",
            "https://visio.numerique.gouv.fr/",
            "Mot de passe oublié : un atelier sur les identités",
            "Le code : la loi et l’usage, 2 ateliers",
            "Entrée libre et/ou sur inscription, salle A/B",
        ] {
            assert_eq!(hide(text), None, "{text}");
        }
    }

    #[test]
    fn a_code_after_a_tag_is_told() {
        let mut hide = Hide::new(Tongue::French, true);
        assert_eq!(hide.text("Code secret : "), None);
        assert_eq!(hide.text("482913 "), Some("[code masqué] ".to_owned()));
        assert_eq!(hide.text("482913 visiteurs"), None);
    }

    #[test]
    fn a_person_can_be_called_or_written_to() {
        for (text, shown) in [
            ("Appelez le 06 12 34 56 78.", "Appelez le [téléphone masqué]."),
            ("06.12.34.56.78 / 0712345678", "[téléphone masqué] / [téléphone masqué]"),
            ("(+33 6 12 34 56 78)", "([téléphone masqué])"),
            ("+33 (0)6 12 34 56 78 ou 0033 612345678", "[téléphone masqué] ou [téléphone masqué]"),
            ("06\u{a0}12\u{a0}34\u{a0}56\u{a0}78", "[téléphone masqué]"),
            ("+32 470 12 34 56", "[téléphone masqué]"),
            ("+262 692 12 34 56, La Réunion", "[téléphone masqué], La Réunion"),
            ("0692 12 34 56 ou 0692123456", "[téléphone masqué] ou [téléphone masqué]"),
            ("écrire à marie.durand@lab.example.", "écrire à [adresse masquée]."),
            ("<Marie-Claire.DUPONT2@region.example>", "<[adresse masquée]>"),
            ("jdupont75@gmail.com", "[adresse masquée]"),
        ] {
            assert_eq!(hide(text).as_deref(), Some(shown), "{text}");
            assert_eq!(hide(shown), None, "{shown}");
        }
        for text in [
            "Tél. 05 61 22 33 44, du 06.07.2026 au 08.07.2026 à 10 h",
            "contact@lab.example, inscription.atelier@lab.example, lab@gmail.com, ti-lab@region.example",
            "no-reply@lab.example, superpublic@lab.example, grand.lyon@grandlyon.example",
            "SIRET 552 081 317 66522, n° 0612345678901",
            "https://lab.example/e/0612345678",
            "+33 5 61 22 33 44",
            "@lab sur le Fédivers, a@b",
        ] {
            assert_eq!(hide(text), None, "{text}");
        }
    }

    #[test]
    fn a_mailbox_stands_for_an_organiser() {
        let mut hide = Hide::new(Tongue::French, true);
        let mut name = |text: &str| {
            let organiser = Organiser { name: Line::new(text).unwrap(), page: None, role: None };
            hide.organiser(organiser).map(|organiser| organiser.name.to_string())
        };
        assert_eq!(name("marie.durand@lab.example (Marie Durand)").as_deref(), Some("Marie Durand"));
        assert_eq!(name("jdupont@gmail.com"), None);
        assert_eq!(name("contact@lab.example").as_deref(), Some("contact@lab.example"));
        assert_eq!(name("Le Hangar").as_deref(), Some("Le Hangar"));
    }

    #[test]
    fn text_made_to_be_slow_is_read_over_and_over() {
        for piece in ["@", "a/", "0", "06", "+33", "code secret ", "://", "a@a.", "zoom.us/j/"] {
            let text = piece.repeat(96 * 1024 / piece.len());
            let _ = hide(&text);
        }
    }
}
