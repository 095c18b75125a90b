//! What was wrong or doubtful in what a source sent, and why a fetch gave nothing: values with stable names, so that
//! a lab can look them up and a test can name them. The words for people are in [`crate::language`].

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::event::Id;
use crate::event::html::Lost;

/// What becomes of that in which something was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Nothing: it is only said.
    Note,
    /// It was mended, and the mend is said.
    Repair,
    /// The entry waits for its author or for a person; what it said before stays.
    Quarantine,
    /// The whole document is refused; what it said before stays.
    Reject,
}

/// Something wrong or doubtful in what a source sent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// What.
    pub code: Code,
    /// In which entry; in the feed itself when absent.
    pub entry: Option<Id>,
    /// The offending words, cut to 300 characters: hostile.
    pub detail: String,
}

impl Finding {
    /// A finding on an entry, or on the feed itself.
    pub fn new(code: Code, entry: Option<&Id>, detail: &str) -> Finding {
        let detail = detail.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect::<String>();
        Finding { code, entry: entry.cloned(), detail: detail.trim().to_owned() }
    }
}

/// Declares the codes, each with its severity.
macro_rules! findings {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $severity:ident;)+) => {
        /// What can be found, by its stable code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Code { $($(#[$doc])* #[serde(rename = $code)] $variant,)+ }

        impl Code {
            /// Every code, the gravest first.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)+];

            /// The code as it is stored, shown and documented.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $code,)+ }
            }

            /// What becomes of that in which it was found.
            pub fn severity(self) -> Severity {
                match self { $(Code::$variant => Severity::$severity,)+ }
            }
        }
    };
}

findings! {
    /// Nothing came, or only space.
    Empty = "empty", Reject;
    /// A web page came where a feed was expected.
    WebPage = "web-page", Reject;
    /// None of the feed formats we read.
    NotAFeed = "not-a-feed", Reject;
    /// Not well-formed XML, nor mendable.
    NotXml = "not-xml", Reject;
    /// It ends before its own end: the rest did not come.
    CutOff = "cut-off", Reject;
    /// It declares entities of its own (`DOCTYPE`).
    Doctype = "doctype", Reject;
    /// More elements inside each other, more attributes or more entries than any feed needs.
    TooMuch = "too-much", Reject;
    /// A library failed on it.
    ReaderFailed = "reader-failed", Reject;
    /// An entry without `id`.
    WithoutId = "without-id", Quarantine;
    /// An entry without a title.
    WithoutTitle = "without-title", Quarantine;
    /// A time whose offset its zone never has.
    ZoneContradicted = "zone-contradicted", Quarantine;
    /// An entry that breaks the profile in a way that leaves its meaning open.
    Contradiction = "contradiction", Quarantine;
    /// Two entries of one id and different content: the later was left out.
    IdTwice = "id-twice", Quarantine;
    /// An event's own date that cannot be read: the entry waits rather than lose it.
    DateUnreadable = "date-unreadable", Quarantine;
    /// Bytes that are not of the encoding they claim.
    Encoding = "encoding", Repair;
    /// A stray `&` or an HTML entity in XML.
    StrayAmpersand = "stray-ampersand", Repair;
    /// Markup in a title.
    MarkupInTitle = "markup-in-title", Repair;
    /// A time without zone or offset: the source's zone was assumed.
    FloatingTime = "floating-time", Repair;
    /// An end before its start: taken for the next day's where that makes a night, else left out.
    EndBeforeStart = "end-before-start", Repair;
    /// A value that could not be read was left out.
    BadValue = "bad-value", Repair;
    /// A meeting link meant for the registered was left out.
    PrivateLink = "private-link", Repair;
    /// A picture without alternative text was left out.
    ImageWithoutAlt = "image-without-alt", Repair;
    /// `published` or `updated` missing, unreadable or in the future: the time it was seen stands in.
    BadUpdated = "bad-updated", Repair;
    /// Characters that no XML may hold.
    ControlCharacters = "control-characters", Repair;
    /// An entry without an id: one was made of its link, or of its title and start.
    IdDerived = "id-derived", Repair;
    /// Several entries of one id, told apart by their link or first slot.
    IdShared = "id-shared", Repair;
    /// An entry that was known under another id: it stays the same entry.
    IdChanged = "id-changed", Repair;
    /// A feed whose publication dates are the starts of its events.
    PublishedIsStart = "published-is-start", Repair;
    /// An hour that its day does not have: clocks go forward over it.
    HourSkipped = "hour-skipped", Repair;
    /// An hour that its day has twice: the first was taken.
    HourTwice = "hour-twice", Repair;
    /// Whole days told as hours from midnight to midnight.
    AllDayByHours = "all-day-by-hours", Repair;
    /// An event of more than 31 days, or of a whole month: taken for a period.
    LongPeriod = "long-period", Repair;
    /// A status told in the title alone.
    StatusInTitle = "status-in-title", Repair;
    /// Title and status field disagree: the graver one holds.
    StatusDisagrees = "status-disagrees", Repair;
    /// Parameters or pictures that track readers.
    TrackingRemoved = "tracking-removed", Repair;
    /// A link that leads nowhere a reader could go.
    BadLink = "bad-link", Repair;
    /// Markup that could run, load or disguise something.
    UnsafeMarkup = "unsafe-markup", Repair;
    /// A personal telephone number or e-mail address.
    PersonalData = "personal-data", Repair;
    /// A place that is a link or says “online”.
    OnlineInPlace = "online-in-place", Repair;
    /// Latitude and longitude the wrong way round.
    GeoSwapped = "geo-swapped", Repair;
    /// A region that is none.
    BadRegion = "bad-region", Repair;
    /// The date was read from the page that the entry links to.
    DateFromPage = "date-from-page", Repair;
    /// A recurrence with more dates than are shown.
    RecurrenceCut = "recurrence-cut", Repair;
    /// No entry says when its event is in a way that can be read.
    NoEventData = "no-event-data", Note;
    /// An entry that only tells of a change: aggregators make their own.
    ChangeNotice = "change-notice", Note;
    /// The source no longer lists an entry: its last copy is kept.
    Disappeared = "disappeared", Note;
    /// Many entries disappeared at once: held for a person.
    MassDisappearance = "mass-disappearance", Note;
    /// An entry that a program writes when it has nothing to list.
    PlaceholderEntry = "placeholder-entry", Note;
    /// An event that its calendar marks as private: not published.
    PrivateEvent = "private-event", Note;
    /// A date in a sentence: shown to people as a suggestion, never published.
    DateInWords = "date-in-words", Note;
    /// Served under a media type that is none of a feed.
    WrongType = "wrong-type", Note;
    /// `updated` stayed the same while the entry changed.
    UpdatedStandsStill = "updated-stands-still", Note;
    /// `updated` moves at each fetch while nothing changes.
    UpdatedMoves = "updated-moves", Note;
    /// Entries that look like the dates of one event.
    PerhapsOneSeries = "perhaps-one-series", Note;
    /// Entries of events long past: kept, and not announced as new.
    OldEntries = "old-entries", Note;
    /// No region: the source's own was assumed.
    RegionAssumed = "region-assumed", Note;
    /// No licence: shown with a link, not given on as data.
    LicenceMissing = "licence-missing", Note;
    /// Entry and feed give different licences: the entry's holds.
    LicenceDisagrees = "licence-disagrees", Note;
    /// The page that should have given the date gave none.
    PageUnread = "page-unread", Note;
    /// Listed no more, and its page is gone: withdrawn.
    PageGone = "page-gone", Note;
    /// The feed answers from another address for good.
    Moved = "moved", Note;
    /// The feed names a hub that does not tell of changes.
    HubSilent = "hub-silent", Note;
}

impl Code {
    /// What cleaning took away, as findings with their detail.
    pub fn of_lost(lost: &Lost) -> impl Iterator<Item = (Code, &str)> {
        let losses = [
            (Code::UnsafeMarkup, &lost.active),
            (Code::TrackingRemoved, &lost.pixel),
            (Code::ImageWithoutAlt, &lost.undescribed),
        ];
        losses.into_iter().filter_map(|(code, what)| what.as_deref().map(|what| (code, what)))
    }
}

/// Why a fetch gave nothing: a value that is stored with the source and shown to people, never only a log line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What kind.
    pub kind: FailureKind,
    /// What the remote or the network said, for the sysadmin: one line, at most 300 characters, hostile.
    pub detail: String,
    /// The remote asked us not to come back before this instant (429 or 503 with `Retry-After`, RFC 9110 §10.2.3).
    pub retry_after: Option<Timestamp>,
}

/// The kinds of failure, by the stable name under which they are stored, shown and documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// The address is not one we may ask: not http(s), credentials in it, or it points inside our network.
    AddressRefused,
    /// The name could not be resolved.
    NameNotFound,
    /// No connection: refused, reset, unreachable.
    Connection,
    /// TLS failed: expired, unknown authority, wrong name. Never ignored.
    Tls,
    /// The total time allowed was spent.
    Timeout,
    /// More decoded bytes than allowed. Refused, not truncated.
    TooLarge,
    /// Too many redirects, or a loop.
    Redirects,
    /// 404.
    NotFound,
    /// 410: the owner says it is gone for good.
    Gone,
    /// 401, 403 or 407.
    Forbidden,
    /// 429.
    TooManyRequests,
    /// Any other status that is not a success.
    Status,
    /// The body could not be decoded: bad gzip or brotli, broken framing.
    Body,
    /// What came is not a feed; the findings say why.
    NotAFeed,
}

impl FailureKind {
    /// Every kind.
    pub const ALL: &'static [FailureKind] = &[
        FailureKind::AddressRefused,
        FailureKind::NameNotFound,
        FailureKind::Connection,
        FailureKind::Tls,
        FailureKind::Timeout,
        FailureKind::TooLarge,
        FailureKind::Redirects,
        FailureKind::NotFound,
        FailureKind::Gone,
        FailureKind::Forbidden,
        FailureKind::TooManyRequests,
        FailureKind::Status,
        FailureKind::Body,
        FailureKind::NotAFeed,
    ];

    /// The name as it is stored, shown and documented.
    pub fn as_str(self) -> &'static str {
        match self {
            FailureKind::AddressRefused => "address-refused",
            FailureKind::NameNotFound => "name-not-found",
            FailureKind::Connection => "connection",
            FailureKind::Tls => "tls",
            FailureKind::Timeout => "timeout",
            FailureKind::TooLarge => "too-large",
            FailureKind::Redirects => "redirects",
            FailureKind::NotFound => "not-found",
            FailureKind::Gone => "gone",
            FailureKind::Forbidden => "forbidden",
            FailureKind::TooManyRequests => "too-many-requests",
            FailureKind::Status => "status",
            FailureKind::Body => "body",
            FailureKind::NotAFeed => "not-a-feed",
        }
    }
}
