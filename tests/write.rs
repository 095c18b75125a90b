//! Writing at the desk over real HTTP, without a script: from a first word to a cancelled event in the feed, and nothing
//! lost of what was typed.

mod common;

use common::desk::{Got, Node, PASSWORD, Visitor};
use common::tools::get;
use essaim::event::Status;
use essaim::format::Hints;
use essaim::parse;
use jiff::Timestamp;

/// What the node's feed says, as an aggregator reads it.
fn feed(node: &Node) -> essaim::format::Reading {
    let bytes = get(node.port, "/feed.atom").unwrap();
    let seen = Timestamp::now();
    let address = essaim::event::Address::new(&node.url("/feed.atom")).ok();
    let hints = Hints { address, language: None, zone: None, region: None, by_link: false, seen };
    parse::read(&bytes, Some("application/atom+xml"), &hints).unwrap()
}

/// The event of a title.
fn event(node: &Node, title: &str) -> essaim::event::Event {
    let reading = feed(node);
    assert!(reading.findings.is_empty(), "{:?}", reading.findings);
    reading.entries.into_iter().find(|e| e.event.title.as_str() == title).expect("it is in the feed").event
}

/// Days from now, so that no test ages.
fn day(days: i32) -> String {
    use jiff::ToSpan;
    Timestamp::now()
        .to_zoned(jiff::tz::TimeZone::get("Europe/Paris").unwrap())
        .date()
        .checked_add(days.days())
        .unwrap()
        .to_string()
}

/// A day as people read it.
fn in_words(day: &str) -> String {
    essaim::language::Tongue::French.day(day.parse().unwrap())
}

/// The address to which the page's main form is sent.
fn action(page: &Got) -> String {
    let page = scraper::Html::parse_document(&page.body);
    let main = scraper::Selector::parse("form[data-main]").unwrap();
    page.select(&main).next().expect("a main form").value().attr("action").unwrap().to_owned()
}

/// Writes an event and publishes it; gives the address of its desk page.
fn publish(visitor: &mut Visitor, fields: &[(&str, &str)]) -> String {
    let page = visitor.get("/desk/write");
    let to = action(&page);
    let mut fields = fields.to_vec();
    fields.push(("do", "publish"));
    let sent = visitor.send(&to, &page, &fields);
    assert_eq!(sent.status, 303, "{}", sent.body);
    let confirm = sent.to().to_owned();
    assert!(confirm.ends_with("/publish"), "{confirm}");
    let asked = visitor.get(&confirm);
    assert!(asked.body.contains("Ce qui va se passer"), "{}", asked.body);
    let done = visitor.post(&confirm, &[]);
    assert_eq!(done.status, 303, "{}", done.body);
    done.to().split('?').next().unwrap().to_owned()
}

#[test]
fn an_event_that_is_written_is_not_in_the_feed_as_it_was_written() {
    let node = Node::start("");
    let mut admin = node.set_up();
    let (first, second) = (day(20), day(27));
    let page = admin.get("/desk/write");
    let to = action(&page);
    // One gesture repeats a slot, and the page says it in words.
    let typed = [
        ("title", "L’eau & demain 🌊"),
        ("summary", "Un atelier."),
        ("body", "Venez **nombreux**.\n\n- un\n- deux"),
        ("slot-0-day", first.as_str()),
        ("slot-0-from", "10:00"),
        ("slot-0-to", "11:30"),
        ("place-0-name", "Préfecture"),
        ("place-0-street", "1 rue de la Paix"),
        ("place-0-city", "Tulle"),
        ("registration-href", "https://lab.example/inscription"),
        ("registration-free", "yes"),
        ("do", "week:slot-0"),
    ];
    let repeated = admin.send(&to, &page, &typed);
    assert!(repeated.to().starts_with(&to), "{}", repeated.head);
    let draft = admin.get(repeated.to().split('#').next().unwrap());
    assert!(draft.body.contains("Créneau 2") && draft.body.contains(&second), "{}", draft.body);
    assert!(draft.body.contains("10\u{a0}h – 11\u{a0}h\u{a0}30"), "the slot is not said in words");
    let asked = admin.send(&to, &draft, &[("do", "publish")]);
    assert_eq!(asked.status, 303, "{}", asked.body);
    let preview = admin.get(&format!("{to}/preview"));
    for shown in ["<strong>nombreux</strong>", "(créneau 2/2)", "Préfecture", "<iframe"] {
        assert!(preview.body.contains(shown), "{shown}: {}", preview.body);
    }
    let framed = admin.get(&format!("{to}/page"));
    assert!(framed.status == 200 && framed.body.contains("<h1"), "{}", framed.head);
    assert!(feed(&node).entries.is_empty(), "a draft is in the feed");
    let done = admin.post(&format!("{to}/publish"), &[]);
    assert_eq!(done.status, 303, "{}", done.body);
    let said = event(&node, "L’eau & demain 🌊");
    assert_eq!(said.slots.len(), 2);
    assert!(said.body.as_ref().unwrap().as_str().contains("<strong>nombreux</strong>"));
    assert_eq!(said.places[0].commune().unwrap().as_str(), "19272");
    assert_eq!(said.regions[0].code.as_str(), "FR-ARA");
    assert!(said.id.as_str().starts_with("tag:127.0.0.1,"), "{}", said.id);
    let home = admin.get("/desk");
    assert!(!home.body.contains("desk/drafts/"), "a draft stays after it was published");
    assert!(home.body.contains("L’eau &#38; demain 🌊"), "{}", home.body);
    // Published twice from two windows is once.
    let twice = admin.post(&format!("{to}/publish"), &[]);
    assert_eq!(twice.status, 404);
    assert_eq!(feed(&node).entries.len(), 1);
}

#[test]
fn a_second_place_or_access_cannot_be_added_taken_away_or_is_lost_on_an_error() {
    let node = Node::start("");
    let mut admin = node.set_up();
    let page = admin.get("/desk/write");
    let to = action(&page);
    let mut here = page;
    let first = day(20);
    // One row more of each, without a script; what was typed before stays.
    let typed = [
        ("title", "Deux lieux"),
        ("slot-0-day", first.as_str()),
        ("place-0-name", "Préfecture"),
        ("online-0-access", "public"),
        ("online-0-href", "https://lab.example/fr"),
        ("edition-0-code", "mip-2026"),
        ("series-0-title", "Eau"),
        ("do", "add:place"),
    ];
    let added = admin.send(&to, &here, &typed);
    assert!(added.to().ends_with("#row-place-1"), "{}", added.head);
    for kind in ["online", "edition", "series", "region"] {
        here = admin.get(&to);
        let added = admin.send(&to, &here, &[("do", &format!("add:{kind}"))]);
        assert!(added.to().ends_with(&format!("#row-{kind}-1")), "{}", added.head);
    }
    here = admin.get(&to);
    let more = [
        ("place-1-name", "Mairie & <b>"),
        ("place-1-city", "Lyon"),
        ("online-1-access", "registered"),
        ("edition-1-title", "Sans code"),
        ("series-1-title", "Climat"),
        ("region-1-code", "FR-BRE"),
        ("do", "publish"),
    ];
    let refused = admin.send(&to, &here, &more);
    assert!(refused.problem("edition-1-code").is_some(), "{}", refused.body);
    for (name, value) in more.iter().chain(&typed).filter(|(name, _)| *name != "do") {
        assert!(refused.form().contains(&((*name).into(), (*value).into())), "{name} is lost");
    }
    let done = admin.send(&to, &refused, &[("edition-1-code", "lab-2026"), ("do", "publish")]);
    assert_eq!(done.status, 303, "{}", done.body);
    let event_page = admin.post(&format!("{to}/publish"), &[]).to().split('?').next().unwrap().to_owned();
    let said = event(&node, "Deux lieux");
    let lengths = [said.places.len(), said.online.len(), said.editions.len(), said.series.len(), said.regions.len()];
    assert_eq!(lengths, [2; 5]);
    assert_eq!(said.places[1].commune().unwrap().as_str(), "69123");
    // Opened again, all of it is there; the first of each is taken away and the second stays what it was.
    let edit = admin.get(&format!("{event_page}/edit"));
    let to = action(&edit);
    here = edit;
    for kind in ["place", "online", "edition", "series", "region"] {
        let removed = admin.send(&to, &here, &[("do", &format!("remove:{kind}-0"))]);
        assert_eq!(removed.status, 303, "{}", removed.body);
        here = admin.get(&to);
    }
    assert_eq!(admin.send(&to, &here, &[("do", "publish")]).status, 303);
    assert_eq!(admin.post(&format!("{to}/publish"), &[]).status, 303);
    let left = event(&node, "Deux lieux");
    assert_eq!((&left.places[..], &left.online[..]), (&said.places[1..], &said.online[1..]));
    assert_eq!((&left.editions[..], &left.series[..]), (&said.editions[1..], &said.series[1..]));
    assert_eq!(*left.regions, said.regions[1..]);
}

#[test]
fn a_slot_cannot_be_elsewhere_online_or_registered_for_by_itself() {
    let node = Node::start("");
    let mut admin = node.set_up();
    let page = admin.get("/desk/write");
    let to = action(&page);
    let (first, second) = (day(20), day(27));
    let typed = [
        ("title", "Deux séances"),
        ("slot-0-day", first.as_str()),
        ("slot-0-from", "10:00"),
        ("slot-1-day", second.as_str()),
        ("place-0-name", "Préfecture"),
        ("registration-href", "https://lab.example/inscription"),
        ("registration-free", "yes"),
        ("do", "own:slot-1"),
    ];
    let asked = admin.send(&to, &page, &typed);
    assert!(asked.to().ends_with("#row-slot-1"), "{}", asked.head);
    let here = admin.get(&to);
    let fields: Vec<String> = here.form().into_iter().map(|(name, _)| name).collect();
    assert!(fields.contains(&"slot-1-place-name".to_owned()) && !fields.contains(&"slot-0-place-name".to_owned()));
    let own = [
        ("slot-1-place-name", "Maison des sœurs & <frères>"),
        ("slot-1-place-city", "Bruxelles"),
        ("slot-1-place-country", "BE"),
        ("slot-1-place-geo", "ici"),
        ("slot-1-online-access", "public"),
        ("slot-1-online-href", "https://lab.example/direct"),
        ("slot-1-online-note", "En français"),
        ("slot-1-registration-href", "bruxelles@lab.example"),
        ("slot-1-registration-free", "no"),
        ("slot-1-registration-capacity", "12"),
        ("slot-1-registration-closes", "la veille"),
        ("do", "publish"),
    ];
    let refused = admin.send(&to, &here, &own);
    assert_eq!(refused.status, 422, "{}", refused.head);
    assert!(refused.problem("slot-1-place-geo").is_some() && refused.problem("slot-1-registration-closes").is_some());
    for (name, value) in own.iter().filter(|(name, _)| *name != "do") {
        // What a field of the browser cannot show is not sent back by it; the draft has it.
        assert!(refused.form().contains(&((*name).into(), (*value).into())), "{name} is lost");
    }
    let closes = format!("{first}T18:00");
    let mended =
        [("slot-1-place-geo", "50.85, 4.35"), ("slot-1-registration-closes", closes.as_str()), ("do", "publish")];
    let done = admin.send(&to, &refused, &mended);
    assert_eq!(done.status, 303, "{}", done.body);
    let event_page = admin.post(&format!("{to}/publish"), &[]).to().split('?').next().unwrap().to_owned();
    let said = event(&node, "Deux séances");
    assert!(!said.slots[0].place.is_some() && !said.slots[0].registration.is_some());
    let (place, registration) = (said.slots[1].place.as_ref().unwrap(), said.slots[1].registration.as_ref().unwrap());
    assert_eq!(place.country.as_ref().unwrap().as_str(), "BE");
    assert_eq!(place.name.as_ref().unwrap().as_str(), "Maison des sœurs & <frères>");
    assert_eq!(registration.href.as_ref().unwrap().as_str(), "mailto:bruxelles@lab.example");
    assert_eq!((registration.free, registration.capacity.total()), (Some(false), Some(12)));
    assert!(said.slots[1].online.is_some());
    let public = admin.get(&event_page.replace("/desk/events/", "/e/"));
    assert!(public.body.contains("Maison des sœurs &#38; &#60;frères&#62;, Bruxelles"), "{}", public.body);
    let calendar = String::from_utf8(get(node.port, "/feed.ics").unwrap()).unwrap().replace("\r\n ", "");
    assert!(calendar.contains("fr:Préfecture") && calendar.contains("fr:Maison des sœurs"), "{calendar}");
    // A table takes it along, and brings it back.
    let table = get(node.port, "/feed.csv").unwrap();
    let brought = admin.upload("/desk/import", &[("do", "try")], ("file", "t.csv", &table));
    assert!(brought.body.contains("0 modifié, 1 inchangé"), "{}", brought.body);
    // Again next year it is elsewhere too, and its registration has yet to be announced.
    let draft = admin.post(&format!("{event_page}/duplicate"), &[]);
    let next = admin.get(draft.to().split('?').next().unwrap()).form();
    assert!(next.contains(&("slot-1-place-country".into(), "BE".into())), "{next:?}");
    assert!(next.contains(&("slot-1-registration-closes".into(), String::new())), "{next:?}");
    // Opened and published without a change, nothing changed; and then it is as the event again.
    let edit = admin.get(&format!("{event_page}/edit"));
    let to = action(&edit);
    assert_eq!(admin.send(&to, &edit, &[("do", "publish")]).status, 303);
    assert_eq!(admin.post(&format!("{to}/publish"), &[]).status, 303);
    assert_eq!(event(&node, "Deux séances"), said);
    let edit = admin.get(&format!("{event_page}/edit"));
    let to = action(&edit);
    assert_eq!(admin.send(&to, &edit, &[("do", "plain:slot-1")]).status, 303);
    let edit = admin.get(&to);
    assert_eq!(admin.send(&to, &edit, &[("do", "publish")]).status, 303);
    let asked = admin.get(&format!("{to}/publish"));
    assert!(asked.body.contains("Maison des sœurs"), "what goes is not said: {}", asked.body);
    assert_eq!(admin.post(&format!("{to}/publish"), &[]).status, 303);
    let plain = event(&node, "Deux séances");
    assert!(!plain.slots[1].place.is_some() && !plain.slots[1].online.is_some());
    assert_eq!(plain.slots[1].name, said.slots[1].name);
}

#[test]
fn a_field_that_is_read_is_on_no_page() {
    use essaim::node::form::{ROWS, SINGLE, TICKED};
    let node = Node::start("");
    let mut admin = node.set_up();
    let value = |name: &str| match name.rsplit('-').next().unwrap() {
        "day" | "last" => "2031-10-26",
        "from" | "to" => "02:30",
        "fold" => "second",
        "country" => "BE",
        "required" | "free" => "yes",
        "per" | "kind" | "mode" | "access" | "availability" | "status" => "",
        "format" => "workshop",
        "audience" => "everyone",
        _ if name == "region-0-code" => "FR-BRE",
        _ => "1",
    };
    let rows = ROWS.iter().flat_map(|(kind, columns)| {
        // Two rows of each: what is hidden in one that stands alone is there then.
        (0..2).flat_map(move |n| columns.iter().map(move |column| format!("{kind}-{n}-{column}")))
    });
    let names: Vec<String> = rows.chain(SINGLE.iter().chain(&TICKED).map(|name| (*name).to_owned())).collect();
    let to = "/desk/drafts/01900000-0000-7000-8000-000000000001";
    let mut fields: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), value(name))).collect();
    fields.retain(|(name, _)| *name != "access");
    fields.extend([("access", "step-free"), ("do", "save")]);
    assert_eq!(admin.post(to, &fields).status, 303);
    let page = admin.get(to).form();
    for (name, value) in fields.iter().filter(|(name, _)| *name != "do") {
        let shown = page.iter().any(|(n, v)| n == name && (value.is_empty() || v == value));
        assert!(shown || name.ends_with("-new"), "{name} is on no page, or says something else");
    }
}

#[test]
fn an_action_is_not_in_the_feed_or_cannot_be_taken_back() {
    let node = Node::start("");
    let mut admin = node.set_up();
    let (first, later) = (day(20), day(34));
    let here = publish(
        &mut admin,
        &[("title", "Atelier"), ("slot-0-day", &first), ("slot-0-from", "10h"), ("place-0-city", "Lyon")],
    );
    let act = |admin: &mut Visitor, act: &str, fields: &[(&str, &str)]| {
        let page = admin.get(&format!("{here}/{act}"));
        assert_eq!(page.status, 200, "{act}: {}", page.head);
        assert!(page.body.contains("Ce qui va se passer"), "{act}");
        let version = page.between("name=\"version\" value=\"", "\"");
        let mut all = vec![("version", version.as_str())];
        all.extend_from_slice(fields);
        let done = admin.post(&format!("{here}/{act}"), &all);
        assert!(done.status == 303 && done.to().contains("done="), "{act}: {}", done.body);
    };
    let before = event(&node, "Atelier");
    // Another date: the former one is kept, and calendars move the same event.
    let form = admin.get(&format!("{here}/edit"));
    let to = action(&form);
    let sent = admin.send(&to, &form, &[("slot-0-day", &later), ("do", "publish")]);
    let asked = admin.get(sent.to());
    assert!(asked.body.contains("Nouvelle date") && asked.body.contains(&in_words(&first)), "{}", asked.body);
    assert_eq!(admin.post(&format!("{to}/publish"), &[]).status, 303);
    let moved = event(&node, "Atelier");
    assert_eq!((moved.status, moved.previous.len()), (Status::Rescheduled, 1));
    assert_eq!((&moved.slots[0].name, moved.sequence), (&before.slots[0].name, before.sequence + 1));
    act(&mut admin, "cancel", &[("why", "Neige")]);
    let cancelled = event(&node, "Atelier");
    assert_eq!(cancelled.status, Status::Cancelled);
    assert_eq!(cancelled.notice.as_ref().unwrap().text.as_ref().unwrap().as_str(), "Neige");
    assert_eq!(cancelled.sequence, moved.sequence + 1);
    let calendar = String::from_utf8(get(node.port, "/feed.ics").unwrap()).unwrap();
    assert!(calendar.contains("STATUS:CANCELLED") && calendar.contains("SEQUENCE:2"), "{calendar}");
    act(&mut admin, "resume", &[]);
    assert_eq!(event(&node, "Atelier").status, Status::Rescheduled);
    act(&mut admin, "full", &[]);
    let full = String::from_utf8(get(node.port, "/feed.atom").unwrap()).unwrap();
    assert!(full.contains("availability=\"full\""), "{full}");
    act(&mut admin, "room", &[]);
    act(&mut admin, "postpone", &[]);
    act(&mut admin, "resume", &[]);
    act(&mut admin, "online", &[("href", "https://lab.example/direct")]);
    let online = event(&node, "Atelier");
    assert!(online.status == Status::MovedOnline && online.places.is_empty());
    act(&mut admin, "withdraw", &[]);
    let reading = feed(&node);
    assert!(reading.entries.is_empty() && reading.tombstones.len() == 1);
    act(&mut admin, "restore", &[]);
    assert_eq!(event(&node, "Atelier").id, before.id);
    // All of it is told, and any version can be gone back to.
    let history = admin.get(&format!("{here}/history"));
    let (was, is) = (in_words(&first), in_words(&later));
    for word in ["Publié par Zoé Admin", "Annulé par", "Places rouvertes", "Passé en ligne", "Retiré", &was, &is] {
        assert!(history.body.contains(word), "{word}: {}", history.body);
    }
    let version = history.between("name=\"version\" value=\"", "\"");
    assert_eq!(admin.post(&format!("{here}/undo"), &[("version", &version), ("to", "1")]).status, 303);
    let undone = event(&node, "Atelier");
    assert_eq!(
        (undone.status, undone.slots[0].when, &undone.places),
        (Status::Scheduled, before.slots[0].when, &before.places)
    );
    assert!(undone.sequence > online.sequence, "calendars would not see it");
    // Again next year: a draft of its own, 52 weeks later.
    let draft = admin.post(&format!("{here}/duplicate"), &[]);
    let draft = admin.get(draft.to().split('?').next().unwrap());
    let next: jiff::civil::Date = draft.between("name=\"slot-0-day\" type=\"date\" value=\"", "\"").parse().unwrap();
    assert_eq!((next - first.parse::<jiff::civil::Date>().unwrap()).get_days(), 364);
    assert_eq!(feed(&node).entries.len(), 1);
}

#[test]
fn bad_input_loses_what_was_typed_or_is_not_told_beside_its_field() {
    let node = Node::start("");
    let mut admin = node.set_up();
    let page = admin.get("/desk/write");
    let to = action(&page);
    let hostile = "\u{202E}evil\u{202C} <script>alert(1)</script> مرحبا 👩‍🔬 \"'";
    let fields = [
        ("title", ""),
        ("summary", hostile),
        ("slot-0-day", "2027-03-28"),
        ("slot-0-from", "02:30"),
        ("slot-1-day", "31/02/2027"),
        ("slot-2-day", "2027-11-19"),
        ("slot-2-from", "14:00"),
        ("slot-2-to", "9:00"),
        ("slot-3-day", "2026-10-25"),
        ("slot-3-from", "02:30"),
        ("registration-href", "lab.example/inscription"),
        ("resource-0-href", "www.lab.example"),
        ("do", "publish"),
    ];
    let told = admin.send(&to, &page, &fields);
    assert_eq!(told.status, 422);
    for (field, word) in [
        ("title", "titre"),
        ("slot-0-from", "n’existe pas"),
        ("slot-1-day", "31/02/2027"),
        ("slot-2-to", "avant le début"),
        ("slot-3-from", "deux fois"),
        ("registration-href", "https://"),
        ("resource-0-href", "https://"),
    ] {
        let problem = told.problem(field).unwrap_or_else(|| panic!("{field}: {}", told.body));
        assert!(problem.contains(word), "{field}: {problem}");
        assert!(told.body.contains(&format!("href=\"#f-{field}\"")), "{field} is not in the summary");
    }
    assert!(told.body.contains("name=\"slot-3-fold\""), "which of the two is not asked");
    assert!(!told.body.contains("<script>alert"), "{}", told.body);
    let form = told.form();
    for (name, value) in fields.iter().filter(|(name, value)| *name != "do" && !value.is_empty()) {
        assert!(form.contains(&((*name).to_owned(), (*value).to_owned())), "{name} was lost: {form:?}");
    }
    // It is a draft already, and comes back after the server was started again.
    let mut node = node;
    node.run();
    let back = admin.get(&to).form();
    assert!(back.contains(&("slot-1-day".to_owned(), "31/02/2027".to_owned())), "{back:?}");
    // 10 MB of text: told, and nothing cut.
    let long = "é".repeat(5 * 1024 * 1024);
    let page = admin.get(&to);
    let mut typed = page.form();
    typed.retain(|(name, _)| name != "title" && name != "body");
    let mut typed: Vec<(&str, &str)> = typed.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    typed.extend([("title", "T"), ("body", long.as_str()), ("do", "publish")]);
    // As browsers send it: a field of files that is left empty goes with it.
    let told = admin.upload(&to, &typed, ("picture", "", b""));
    assert_eq!(told.status, 422, "{}", told.head);
    assert!(told.problem("body").unwrap().contains("40000"), "{:?}", told.problem("body"));
    let page = admin.get(&to);
    assert!(page.form().contains(&("body".to_owned(), long)), "a long text is cut");
    // What Word pastes is taken for what it says.
    let word = "<p class=MsoNormal style='mso-x:1'><o:p></o:p>Bonjour <b>à tous</b><script>x()</script></p>";
    let here = publish(&mut admin, &[("title", "Collé"), ("body", word), ("slot-0-day", &day(10))]);
    let body = event(&node, "Collé").body.clone().unwrap().to_string();
    assert!(body.contains("Bonjour") && !body.contains("Mso") && !body.contains("x()"), "{body}");
    assert_eq!(admin.get(&here).status, 200);
}

#[test]
fn a_file_that_is_no_picture_is_published_or_costs_the_text() {
    let node = Node::start("");
    let mut admin = node.set_up();
    let page = admin.get("/desk/write");
    let to = action(&page);
    let mut typed = page.form();
    typed.push(("title".into(), "Avec image".into()));
    typed.push(("do".into(), "save".into()));
    let typed: Vec<(&str, &str)> = typed.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    let told = admin.upload(&to, &typed, ("picture", "photo.png", svg));
    assert_eq!(told.status, 422);
    assert!(told.problem("picture").unwrap().contains("SVG"), "{:?}", told.problem("picture"));
    assert!(told.form().contains(&("title".to_owned(), "Avec image".to_owned())), "the text was lost");
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_fn(2000, 1000, |x, y| image::Rgb([x.to_le_bytes()[0], y.to_le_bytes()[0], 90]))
        .write_to(&mut png, image::ImageFormat::Png)
        .unwrap();
    let form = told.form();
    let mut typed: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    typed.push(("do", "publish"));
    let told = admin.upload(&to, &typed, ("picture", "photo.png", png.get_ref()));
    assert_eq!(told.status, 422);
    assert!(told.problem("image-alt").is_some(), "a picture without words: {}", told.body);
    let form = told.form();
    let picture = form.iter().find(|(name, _)| name == "image").unwrap().1.clone();
    let sent = admin.send(&to, &told, &[("image-alt", "Un dégradé"), ("do", "publish")]);
    assert_eq!(sent.status, 303, "{}", sent.body);
    assert_eq!(admin.post(&format!("{to}/publish"), &[]).status, 303);
    let said = event(&node, "Avec image").image.cloned().unwrap();
    assert_eq!(said.href.as_str(), node.url(&format!("/pictures/{picture}")));
    assert_eq!((said.alt.as_str(), said.media_type.unwrap().as_str()), ("Un dégradé", "image/jpeg"));
    let bytes = get(node.port, &format!("/pictures/{picture}")).unwrap();
    let shown = image::load_from_memory(&bytes).unwrap();
    assert_eq!((shown.width(), shown.height()), (1600, 800));
    assert!(get(node.port, "/pictures/0123456789abcdef0123456789abcdef.jpg").is_none());
}

#[test]
fn of_two_people_at_once_one_loses_their_text() {
    let node = Node::start("");
    let mut zoe = node.set_up();
    let mut max = node.invited(&mut zoe, "max", "editor");
    let mut eve = node.invited(&mut zoe, "eve", "organiser");
    let here = publish(&mut zoe, &[("title", "À deux"), ("slot-0-day", &day(10))]);
    // An organiser changes nobody else's event, nor sees their drafts.
    assert_eq!(eve.get(&here).status, 403);
    assert_eq!(eve.get(&format!("{here}/edit")).status, 403);
    assert_eq!(eve.post(&format!("{here}/cancel"), &[("version", "1")]).status, 403);
    // Each changes it; the second is told, and both texts are there.
    let form = |visitor: &mut Visitor, title: &str| {
        let page = visitor.get(&format!("{here}/edit"));
        let to = action(&page);
        let sent = visitor.send(&to, &page, &[("title", title), ("do", "publish")]);
        assert_eq!(sent.status, 303, "{}", sent.body);
        to
    };
    let (of_zoe, of_max) = (form(&mut zoe, "Titre de Zoé"), form(&mut max, "Titre de Max"));
    assert_eq!(eve.get(&of_max).status, 403);
    assert_eq!(zoe.post(&format!("{of_zoe}/publish"), &[]).status, 303);
    let told = max.post(&format!("{of_max}/publish"), &[]);
    assert_eq!(told.status, 409);
    for word in ["Titre de Zoé", "Titre de Max", "Zoé Admin"] {
        assert!(told.body.contains(word), "{word}: {}", told.body);
    }
    assert_eq!(event(&node, "Titre de Zoé").title.as_str(), "Titre de Zoé");
    assert!(max.get(&of_max).body.contains("Titre de Max"));
    assert_eq!(max.post(&format!("{of_max}/over"), &[]).status, 303);
    assert_eq!(max.post(&format!("{of_max}/publish"), &[]).status, 303);
    assert_eq!(event(&node, "Titre de Max").title.as_str(), "Titre de Max");
    assert!(max.get(&format!("{here}/history")).body.contains("Titre de Zoé"));
    // One draft in two windows: what the second types is kept beside.
    let page = max.get("/desk/write");
    let to = action(&page);
    let first = max.send(&to, &page, &[("title", "Une")]);
    assert_eq!(first.status, 303);
    let second = max.send(&to, &page, &[("title", "Autre")]);
    assert!(second.to().contains("/compare/"), "{}", second.head);
    let told = max.get(second.to());
    assert!(told.status == 409 && told.body.contains("Une") && told.body.contains("Autre"), "{}", told.body);
    let drafts = max.get("/desk").body;
    assert!(drafts.contains(">Une<") && drafts.contains(">Autre<"), "{drafts}");
    // A confirmation of what was changed meanwhile does nothing.
    let old = zoe.post(&format!("{here}/cancel"), &[("version", "1"), ("why", "Neige")]);
    assert!(old.status == 422 && old.body.contains("entre-temps") && old.body.contains("Neige"), "{}", old.body);
    assert_eq!(event(&node, "Titre de Max").status, Status::Scheduled);
}

#[test]
fn a_session_that_ended_takes_the_text_with_it() {
    let node = Node::start("");
    let mut admin = node.set_up();
    let page = admin.get("/desk/write");
    let to = action(&page);
    admin.cookies.clear();
    let asked = admin.send(&to, &page, &[("title", "Écrit trop tard"), ("summary", "a & b=c\nd"), ("do", "publish")]);
    assert_eq!(asked.status, 401);
    assert!(asked.body.contains("Votre session est terminée"), "{}", asked.body);
    let form = |page: &Got| -> Vec<(String, String)> {
        let page = scraper::Html::parse_document(&page.body);
        let hidden = scraper::Selector::parse("main input[type=hidden]").unwrap();
        let field = |e: scraper::ElementRef<'_>| {
            (e.value().attr("name").unwrap().to_owned(), e.value().attr("value").unwrap().to_owned())
        };
        page.select(&hidden).map(field).collect()
    };
    // A wrong password loses nothing either.
    let mut fields = form(&asked);
    fields.extend([("name".into(), "zoe@lab.example".into()), ("password".into(), "x".into())]);
    let send = |visitor: &mut Visitor, fields: &[(String, String)]| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        visitor.post("/desk/sign-in", &fields)
    };
    let wrong = send(&mut admin, &fields);
    assert_eq!(wrong.status, 422);
    let mut fields = form(&wrong);
    fields.extend([("name".into(), "zoe@lab.example".into()), ("password".into(), PASSWORD.into())]);
    let back = send(&mut admin, &fields);
    assert_eq!(back.status, 303, "{}", back.body);
    let page = admin.get(back.to().split('?').next().unwrap());
    let form = page.form();
    assert!(form.contains(&("title".into(), "Écrit trop tard".into())), "{form:?}");
    assert!(form.contains(&("summary".into(), "a & b=c\nd".into())), "{form:?}");
    // Nobody's draft is made by somebody who does not sign in.
    assert_eq!(node.visitor().get(&to).status, 303);
}
