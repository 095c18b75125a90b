//! The closed code lists of the profile, `https://w3id.org/essaim/vocab/<name>`: each code is a value here.

use serde::{Deserialize, Serialize};

/// Declares a code list: an enum with its codes, in the order of the profile.
macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $code)] $variant,)+ }

        impl $name {
            /// Every code of the list, in the profile's order.
            pub const ALL: &'static [$name] = &[$($name::$variant,)+];

            /// The code as it stands in feeds, databases and addresses.
            pub fn code(self) -> &'static str {
                match self { $($name::$variant => $code,)+ }
            }

            /// The value of a code, exactly as written; `None` for a code that the list does not have.
            pub fn from_code(code: &str) -> Option<$name> {
                match code { $($code => Some($name::$variant),)+ _ => None }
            }
        }
    };
}

codes! {
    /// Whether an event, or one of its slots, takes place as announced.
    Status {
        /// As announced.
        Scheduled = "scheduled",
        /// On another date than first announced.
        Rescheduled = "rescheduled",
        /// Online instead of on site.
        MovedOnline = "moved-online",
        /// Not on its date; the new one is not known.
        Postponed = "postponed",
        /// It will not take place.
        Cancelled = "cancelled",
    }
}

codes! {
    /// Whether one can still come; separate from status, since a full event takes place.
    Availability {
        /// There is room.
        Open = "open",
        /// No place is left.
        Full = "full",
        /// No place is left, but one can wait for one.
        Waitlist = "waitlist",
        /// Registration is over.
        Closed = "closed",
    }
}

codes! {
    /// How one takes part.
    Mode {
        /// On site.
        Offline = "offline",
        /// Online.
        Online = "online",
        /// Either.
        Mixed = "mixed",
    }
}

codes! {
    /// What kind of event it is.
    Format {
        /// Atelier.
        Workshop = "workshop",
        /// Webinaire.
        Webinar = "webinar",
        /// Table ronde.
        RoundTable = "round-table",
        /// Conférence.
        Talk = "talk",
        /// Exposition.
        Exhibition = "exhibition",
        /// Formation.
        Training = "training",
        /// Visite, portes ouvertes.
        Visit = "visit",
        /// Hackathon, marathon créatif.
        Hackathon = "hackathon",
        /// A day on which rules and forms are made simpler.
        Simplificathon = "simplificathon",
        /// Jeu sérieux.
        SeriousGame = "serious-game",
        /// A meeting whose agenda its participants make.
        Barcamp = "barcamp",
        /// Démonstration.
        Demo = "demo",
        /// Débat.
        Debate = "debate",
        /// Something else.
        Other = "other",
    }
}

codes! {
    /// Whom an event is for.
    Audience {
        /// Agents publics.
        PublicServants = "public-servants",
        /// Managers.
        Managers = "managers",
        /// Élus.
        Elected = "elected",
        /// Grand public.
        Citizens = "citizens",
        /// Tous publics.
        Everyone = "everyone",
        /// Only people of the organising body.
        Internal = "internal",
    }
}

codes! {
    /// What makes an event accessible: OpenAgenda's five codes and three more.
    AccessCode {
        /// For people with a hearing impairment.
        Hearing = "hi",
        /// For people with a visual impairment.
        Visual = "vi",
        /// For people with a mental disability (*psychique*).
        Mental = "pi",
        /// For people with a motor impairment.
        Motor = "mi",
        /// For people with an intellectual disability.
        Intellectual = "ii",
        /// French sign language.
        SignLanguage = "lsf",
        /// Captions.
        Captions = "captions",
        /// No step on the way.
        StepFree = "step-free",
    }
}

codes! {
    /// What a resource left after an event is.
    ResourceKind {
        /// Slides.
        Slides = "slides",
        /// A recording.
        Video = "video",
        /// Photos.
        Photos = "photos",
        /// A report.
        Report = "report",
        /// A transcript.
        Transcript = "transcript",
        /// Something else.
        Other = "other",
    }
}

codes! {
    /// What a registration's capacity counts.
    Per {
        /// Places in the whole event.
        Event = "event",
        /// Places in each slot.
        Slot = "slot",
    }
}
