//! The desk in a real browser, with and without scripts: from the set-up to a cancelled event, every page looked at by
//! axe-core, in both languages, at the width of a phone and of a desk, light and dark; and by keyboard alone. So are the
//! pages on which a programme says how its sources do, on paper too.

mod common;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use common::desk::{Node, PASSWORD, pictures};
use common::tools::{Running, essaim, free_ports, get, tool};
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::key::Key;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;

/// A browser that is driven, and what drives it.
struct Browser {
    client: Client,
    driver: Child,
    port: u16,
    /// It waits for promises, which a browser without scripts never keeps.
    axe: Option<String>,
    /// What sets the pictures of this browser apart.
    suffix: &'static str,
    /// What axe-core found, page by page.
    violations: Vec<String>,
}

/// Has pages shown as on this medium, or as usual. Only this browser's own commands can.
#[derive(Debug)]
struct Media(&'static str);

impl WebDriverCompatibleCommand for Media {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (axum::http::Method, Option<String>) {
        let command = json!({ "cmd": "Emulation.setEmulatedMedia", "params": { "media": self.0 } });
        (axum::http::Method::POST, Some(command.to_string()))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Asked to end, it ends its browser too; killed, it would leave that behind.
        let _ = Command::new("kill").args(["-TERM", &self.driver.id().to_string()]).status();
        // Where much else goes on it takes its time, and what it leaves behind is in everybody's way.
        for _ in 0..100 {
            if self.driver.try_wait().is_ok_and(|ended| ended.is_some()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// axe-core, where tests/run put it.
fn axe() -> Option<String> {
    let modules = tool("ESSAIM_TEST_NODE")?;
    let path = Path::new(&modules).join("axe-core/axe.min.js");
    Some(std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}: run tests/run", path.display())))
}

impl Browser {
    /// Begins at the server on this port.
    async fn start(server: u16, scripts: bool, dark: bool) -> Option<Browser> {
        let chromium = tool("ESSAIM_TEST_CHROMIUM")?;
        let driver = tool("ESSAIM_TEST_CHROMEDRIVER")?;
        let port = free_ports(0);
        let mut command = Command::new(driver);
        command.arg(format!("--port={port}")).stdout(Stdio::null()).stderr(Stdio::null()).stdin(Stdio::null());
        let driver = command.spawn().expect("the driver starts");
        let mut arguments = vec![
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            // Where pages scroll smoothly, a click comes before they are there.
            "--force-prefers-reduced-motion",
            // Nothing is asked for outside this machine, by us or by a page that others wrote: it would be waited for.
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        ];
        if dark {
            arguments.push("--blink-settings=preferredColorScheme=0");
        }
        let allowed = if scripts { 1 } else { 2 };
        let options = json!({
            "binary": chromium,
            "args": arguments,
            "prefs": { "profile.managed_default_content_settings.javascript": allowed, "intl.accept_languages": "fr" },
        });
        let capabilities = json!({ "goog:chromeOptions": options });
        let address = format!("http://127.0.0.1:{port}");
        let mut client = None;
        for _ in 0..150 {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            builder.capabilities(capabilities.as_object().unwrap().clone());
            if let Ok(begun) = builder.connect(&address).await {
                client = Some(begun);
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let client = client.expect("a session of the browser");
        let suffix = match (scripts, dark) {
            (false, _) => "-plain",
            (true, true) => "-dark",
            (true, false) => "",
        };
        let browser =
            Browser { client, driver, port: server, axe: axe().filter(|_| scripts), suffix, violations: Vec::new() };
        browser.width(1280).await;
        Some(browser)
    }

    async fn width(&self, width: u32) {
        self.client.set_window_size(width, 4000).await.unwrap();
    }

    async fn go(&self, path: &str) {
        let url =
            if path.starts_with("http") { path.to_owned() } else { format!("http://127.0.0.1:{}{path}", self.port) };
        self.client.goto(&url).await.unwrap();
    }

    /// Types into a field, over what stands there.
    async fn fill(&self, name: &str, text: &str) {
        let field = self.client.find(Locator::Css(&format!("[name='{name}']"))).await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Gives a field of day or hour its value: how one is typed depends on the browser's language.
    async fn set(&self, name: &str, value: &str) {
        let script = "const field = document.querySelector(`[name='${arguments[0]}']`); field.value = arguments[1]; \
                      field.dispatchEvent(new Event('input', { bubbles: true }))";
        self.client.execute(script, vec![json!(name), json!(value)]).await.unwrap();
    }

    async fn click(&self, css: &str) {
        let before = self.client.find(Locator::Css("html")).await.unwrap();
        self.client.find(Locator::Css(css)).await.unwrap_or_else(|e| panic!("{css}: {e}")).click().await.unwrap();
        // The click led to another document once the old one is gone.
        for _ in 0..200 {
            if before.tag_name().await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("{css} led nowhere from {}", self.client.current_url().await.unwrap());
    }

    async fn text(&self, css: &str) -> String {
        self.client.find(Locator::Css(css)).await.unwrap_or_else(|e| panic!("{css}: {e}")).text().await.unwrap()
    }

    async fn path(&self) -> String {
        self.client.current_url().await.unwrap().path().to_owned()
    }

    /// Looks at a page: nothing that axe-core refuses, nothing wider than the window, and a picture where one is wanted.
    async fn look(&mut self, name: &str) {
        for width in [390, 1280] {
            self.width(width).await;
            let wider = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
            let wider = self.client.execute(wider, Vec::new()).await.unwrap();
            if wider.as_i64().is_some_and(|pixels| pixels > 0) {
                self.violations.push(format!("{name} at {width}: {wider} pixels too wide"));
            }
            if let Some(axe) = &self.axe {
                self.client.execute(axe, Vec::new()).await.unwrap();
                let run = "const done = arguments[arguments.length - 1]; axe.run(document, { resultTypes: ['violations'] })\
                           .then(found => done(found.violations.map(one => `${one.id}: ${one.nodes.map(n => n.target)}`)))";
                let found = self.client.execute_async(run, Vec::new()).await.unwrap();
                let found = found.as_array().unwrap().iter().map(|one| format!("{name} at {width}: {one}"));
                self.violations.extend(found);
            }
            if let Some(folder) = pictures() {
                std::fs::create_dir_all(&folder).unwrap();
                let file: PathBuf = folder.join(format!("{name}-{width}{}.png", self.suffix));
                std::fs::write(file, self.client.screenshot().await.unwrap()).unwrap();
            }
        }
        self.width(1280).await;
    }

    /// Looks at a page as it is printed: nothing wider than the sheet, all that `shown` selects on it, nothing of `left_out`.
    async fn look_at_paper(&mut self, name: &str, shown: &[&str], left_out: &[&str]) {
        self.client.issue_cmd(Media("print")).await.unwrap();
        // The width of A4 between its margins.
        self.width(718).await;
        let wider = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        let wider = self.client.execute(wider, Vec::new()).await.unwrap();
        if wider.as_i64().is_some_and(|pixels| pixels > 0) {
            self.violations.push(format!("{name} on paper: {wider} pixels too wide"));
        }
        let how_many = "const all = [...document.querySelectorAll(arguments[0])]; \
                        return [all.filter(e => e.checkVisibility({ contentVisibilityAuto: true })).length, all.length]";
        for (css, wanted) in shown.iter().map(|css| (css, true)).chain(left_out.iter().map(|css| (css, false))) {
            let seen = self.client.execute(how_many, vec![json!(css)]).await.unwrap();
            let (seen, all) = (seen[0].as_u64().unwrap(), seen[1].as_u64().unwrap());
            if all == 0 || seen != if wanted { all } else { 0 } {
                self.violations.push(format!("{name} on paper: {seen} of {all} {css}"));
            }
        }
        if let Some(folder) = pictures() {
            let file: PathBuf = folder.join(format!("{name}-paper{}.png", self.suffix));
            std::fs::write(file, self.client.screenshot().await.unwrap()).unwrap();
        }
        self.client.issue_cmd(Media("")).await.unwrap();
        self.width(1280).await;
    }

    /// Presses keys where the focus is.
    async fn press(&self, keys: &str) {
        self.client.active_element().await.unwrap().send_keys(keys).await.unwrap();
    }

    /// Goes on from field to link to button until one is called so.
    async fn tab_to(&self, name: &str) {
        let mut passed = Vec::new();
        for _ in 0..150 {
            // On the keyboard and not to an element: a field of files takes what is sent to it for a name.
            let tab = char::from(Key::Tab);
            let keys = KeyActions::new("keys".to_owned());
            let keys = keys.then(KeyAction::Down { value: tab }).then(KeyAction::Up { value: tab });
            self.client.perform_actions(keys).await.unwrap();
            let active = self.active().await;
            if active.contains(name) {
                return;
            }
            passed.push(active);
        }
        panic!("no key leads to {name}: {passed:?}");
    }

    async fn past_the_menu(&self) {
        self.tab_to("Aller au contenu").await;
        self.press(&Key::Enter.to_string()).await;
    }

    /// Presses Enter, which leads to another page.
    async fn enter(&self) {
        let before = self.client.find(Locator::Css("html")).await.unwrap();
        self.press(&Key::Enter.to_string()).await;
        for _ in 0..400 {
            if before.tag_name().await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        let page = self.text("body").await;
        panic!(
            "Enter leads nowhere at {} from {}: {page}",
            self.active().await,
            self.client.current_url().await.unwrap()
        );
    }

    async fn active(&self) -> String {
        let script = "const e = document.activeElement; \
                      return e === document.body ? '' : e.tagName === 'BUTTON' ? e.textContent.trim() : e.name || e.id || e.textContent.trim()";
        self.client.execute(script, Vec::new()).await.unwrap().as_str().unwrap_or_default().to_owned()
    }
}

/// What the main path is for somebody: set up, sign in, write, publish, change, cancel.
async fn main_path(scripts: bool, dark: bool) {
    let node = Node::start("");
    let Some(mut b) = Browser::start(node.port, scripts, dark).await else { return };
    b.go(&format!("/desk/set-up?code={}", node.code())).await;
    b.look("set-up").await;
    for (name, text) in [("lab", "Lab Exemple"), ("shown", "Zoé"), ("account", "zoe"), ("password", PASSWORD)] {
        b.fill(name, text).await;
    }
    b.set("region", "FR-ARA").await;
    b.click("main .button").await;
    for _ in 0..100 {
        if get(node.port, "/feed.atom").is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    b.click(".plain-button").await;
    b.go("/desk/sign-in").await;
    b.look("sign-in").await;
    b.fill("name", "zoe").await;
    b.fill("password", "pas le bon").await;
    b.click("main .button").await;
    assert!(b.text(".problem").await.contains("ne vont pas ensemble"));
    b.fill("password", PASSWORD).await;
    b.click("main .button").await;
    assert_eq!(b.path().await, "/desk");
    b.look("home-empty").await;
    b.click("main .button").await;
    b.fill("title", "Concevoir l’eau de demain").await;
    b.fill("body", "Venez **nombreux**.").await;
    b.set("slot-0-day", "2031-03-30").await;
    b.set("slot-0-from", "02:30").await;
    b.click("button[value=publish]").await;
    assert!(b.text("#p-slot-0-from").await.contains("n’existe pas"), "an hour that does not exist is published");
    b.look("write-problem").await;
    b.set("slot-0-from", "10:00").await;
    b.set("slot-0-to", "11:30").await;
    b.click("button[value='week:slot-0']").await;
    assert!(b.text("#row-slot-1 .words").await.contains("6 avril 2031, 10"));
    b.fill("place-0-name", "Préfecture").await;
    b.click("button[value='add:place']").await;
    b.fill("place-1-name", "Mairie").await;
    b.click("button[value='add:online']").await;
    assert_eq!(
        b.client.find(Locator::Css("[name='place-1-name']")).await.unwrap().prop("value").await.unwrap().unwrap(),
        "Mairie"
    );
    // The second is elsewhere, and those who come register by themselves.
    b.click("button[value='own:slot-1']").await;
    b.fill("slot-1-place-name", "Maison de quartier").await;
    b.fill("slot-1-registration-href", "quartier@lab.example").await;
    b.fill("slot-1-place-geo", "nulle part").await;
    b.look("write").await;
    b.click("button[value=publish]").await;
    assert!(b.text("#p-slot-1-place-geo").await.contains("nulle part"), "what is wrong is not told beside its field");
    b.fill("slot-1-place-geo", "45.75, 4.85").await;
    b.click("button[value=preview]").await;
    assert!(b.text("body").await.contains("Maison de quartier"), "{}", b.text("body").await);
    assert!(b.text("body").await.contains("Mairie"), "{}", b.text("body").await);
    b.look("preview").await;
    b.click("main a.button").await;
    b.look("publish").await;
    b.click("main form .button").await;
    assert!(b.text(".done").await.contains("Publié"));
    let here = b.path().await;
    b.look("event").await;
    // What the buttons saved and what saved itself was one draft, and that is published.
    b.go("/desk").await;
    let home = b.client.source().await.unwrap();
    assert!(!home.contains("/desk/drafts/"), "a draft is left behind: {}", b.text("main").await);
    b.go(&format!("{here}/edit")).await;
    b.set("slot-0-day", "2031-05-04").await;
    b.click("button[value=publish]").await;
    b.click("main form .button").await;
    b.go(&format!("{here}/cancel")).await;
    b.look("cancel").await;
    b.fill("why", "Neige").await;
    b.click("main form .button").await;
    let feed = String::from_utf8(get(node.port, "/feed.atom").unwrap()).unwrap();
    assert!(feed.contains("[Annulé] Concevoir") && feed.contains("Neige") && feed.contains("previous"), "{feed}");
    // One that says as much as events do, for the pages that everybody reads.
    b.go("/desk/write").await;
    for (name, text) in [
        ("title", "Visite de l’atelier : l’eau, les sols & nous"),
        ("summary", "Deux heures pour voir comment on répare une rivière, avec celles et ceux qui le font."),
        ("body", "## Au programme\n\n- une visite\n- un goûter\n\nVenez avec de **bonnes chaussures**."),
        ("place-0-name", "Maison de la rivière"),
        ("place-0-street", "12 quai des Tanneurs"),
        ("place-0-city", "Tulle"),
        ("registration-href", "https://lab.example/inscription"),
    ] {
        b.fill(name, text).await;
    }
    b.set("slot-0-day", "2031-11-19").await;
    b.set("slot-0-from", "14:00").await;
    b.set("slot-0-to", "16:00").await;
    b.set("registration-free", "yes").await;
    b.click("button[value=publish]").await;
    b.click("main form .button").await;
    let rich = b.path().await.replace("/desk/events/", "/e/");
    for (name, path) in [
        ("public-rich", rich.clone()),
        ("public-rich-en", format!("{rich}?ui=en")),
        ("history", format!("{here}/history")),
        ("history-en", format!("{here}/history?ui=en")),
        ("event-en", format!("{here}?ui=en")),
        ("edit-en", format!("{here}/edit?ui=en")),
        ("resume", format!("{here}/resume")),
        ("online-en", format!("{here}/online?ui=en")),
        ("postpone", format!("{here}/postpone")),
        ("full-en", format!("{here}/full?ui=en")),
        ("withdraw", format!("{here}/withdraw")),
        ("public-home", "/".to_owned()),
        ("public-home-en", "/?ui=en".to_owned()),
        ("public-event", here.replace("/desk/events/", "/e/")),
        ("public-event-en", here.replace("/desk/events/", "/e/") + "?ui=en"),
        ("public-embed", "/embed".to_owned()),
        ("home", "/desk?ui=en".to_owned()),
        ("write-en", "/desk/write?ui=en".to_owned()),
        ("accounts", "/desk/accounts".to_owned()),
        ("lab", "/desk/lab?ui=en".to_owned()),
        ("me", "/desk/me".to_owned()),
    ] {
        b.go(&path).await;
        b.look(name).await;
    }
    assert!(b.violations.is_empty(), "{:#?}", b.violations);
    b.client.clone().close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lab_cannot_publish_and_cancel_in_a_browser() {
    main_path(true, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lab_cannot_publish_and_cancel_without_a_script() {
    main_path(false, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_cannot_be_read_in_the_dark() {
    main_path(true, true).await;
}

/// A node with all that stands around one: a provider where people sign in, a programme that gathers it, another lab.
struct Around {
    node: Node,
    other: Node,
    /// The other lab's event.
    theirs: String,
    /// Ours, of which the programme made something.
    ours: String,
    /// A draft of which there are two texts.
    draft: String,
    compare: String,
    _provider: Running,
    _programme: Running,
}

fn around(modules: &Path) -> Around {
    let (provider, programme) = (free_ports(0), free_ports(0));
    let folder = tempfile::tempdir().unwrap().keep();
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let secret = file("secret", "un-secret:a-taire&+%");
    let node = Node::start(&format!(
        "programme = \"http://127.0.0.1:{programme}/\"\n[lab]\nname = \"Laboratoire d’innovation publique de Bretagne\"\n\
         tag = \"ici.example,2026\"\nregion = \"FR-BRE\"\n[oidc]\nissuer = \"http://127.0.0.1:{provider}\"\nclient_id = \"essaim\"\n\
         client_secret_file = \"{}\"\nprofile = \"proconnect\"\nlabel = \"ProConnect\"\n",
        secret.display()
    ));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools/provider.mjs");
    let mut command = Command::new("node");
    command.arg(script).arg(provider.to_string()).arg(node.url("/")).arg("proconnect");
    command.env("ESSAIM_TEST_NODE", modules);
    let provider = Running::start(&mut command, provider, &folder.join("provider.log"));
    let other = Node::start("[lab]\nname = \"Lab Ailleurs\"\ntag = \"ailleurs.example,2026\"\nregion = \"FR-ARA\"\n");
    let (mut zoe, mut max) = (node.set_up(), other.set_up());
    // The same event, so that the programme says it once; and one that it lists beside.
    let theirs = max.publish("Atelier de l’eau en 2044 à Rennes");
    max.publish("Rencontre des laboratoires bretons");
    let ours = zoe.publish("Atelier de l’eau en 2044 à Rennes");
    zoe.publish("Visite du tiers-lieu");
    zoe.post(
        "/desk/accounts",
        &[("do", "invite"), ("account", "marie.dupont@lab.example"), ("shown", "Marie"), ("role", "admin")],
    );
    let config = format!(
        "listen = \"127.0.0.1:{programme}\"\npublic_url = \"http://127.0.0.1:{programme}\"\ndatabase = \"sqlite:{}\"\n\
         hub = false\n[programme]\ntitle = \"Mois de l’innovation publique\"\ntime_zone = \"Europe/Paris\"\n\
         [fetch]\nallow_private_addresses = true\n\
         [[source]]\nkey = \"ici\"\nurl = \"{}\"\nname = \"Ici\"\n[[source]]\nkey = \"la\"\nurl = \"{}\"\nname = \"Là-bas\"\n",
        folder.join("programme.db").display(),
        node.url("/feed.atom"),
        other.url("/feed.atom"),
    );
    let config = file("aggregator.toml", &config);
    let programme = Running::start(
        essaim().arg("aggregator").arg("--config").arg(config),
        programme,
        &folder.join("aggregator.log"),
    );
    // Of two windows each saves over what it saw.
    let draft = "/desk/drafts/01900000-0000-7000-8000-000000000001".to_owned();
    let save = |title: &str, visitor: &mut common::desk::Visitor| {
        let fields =
            [("version", "0"), ("title", title), ("slot-0-day", "2031-11-19"), ("body", "Un\ntexte"), ("do", "save")];
        visitor.post(&draft, &fields).to().to_owned()
    };
    save("Une première fenêtre", &mut zoe);
    let compare = save("Une seconde fenêtre, plus bavarde que la première", &mut zoe);
    assert!(compare.contains("/compare/"), "{compare}");
    let theirs = other.url(&format!("/e/{}", theirs.rsplit('/').next().unwrap()));
    Around { node, other, theirs, ours, draft, compare, _provider: provider, _programme: programme }
}

/// What people do less often, by keyboard alone where scripts run: sign in by the provider, read receipts, look around, take
/// in a feed, name a partner.
async fn side_paths(scripts: bool, dark: bool) {
    let Some(modules) = tool("ESSAIM_TEST_NODE") else { return };
    let world = tokio::task::spawn_blocking(move || around(Path::new(&modules))).await.unwrap();
    let Some(mut b) = Browser::start(world.node.port, scripts, dark).await else { return };
    b.go("/desk/sign-in?refused=unavailable").await;
    b.look("sign-in-provider").await;
    b.go("/desk/sign-in?ui=en").await;
    b.look("sign-in-provider-en").await;
    b.go("/desk/sign-in").await;
    b.tab_to("Se connecter avec ProConnect").await;
    b.enter().await;
    b.tab_to("login").await;
    b.press("marie").await;
    b.tab_to("password").await;
    b.press("x").await;
    b.enter().await;
    b.tab_to("Continue").await;
    b.enter().await;
    assert_eq!(b.path().await, "/desk", "{}", b.text("body").await);
    b.look("home-admin").await;
    // The programme has gathered us once it says so.
    b.tab_to("Dans le programme").await;
    b.enter().await;
    for _ in 0..100 {
        if b.text("main").await.contains("Atelier de l’eau") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        b.go("/desk/receipts").await;
    }
    assert!(b.text("main").await.contains("Atelier de l’eau"), "{}", b.text("main").await);
    b.look("receipts").await;
    b.go(&world.draft).await;
    b.tab_to("Que se passe").await;
    b.enter().await;
    assert!(b.path().await.ends_with("/radar"));
    assert!(b.text("main").await.contains("Rencontre des laboratoires"), "{}", b.text("main").await);
    b.look("radar").await;
    b.tab_to("Revenir au texte").await;
    b.enter().await;
    assert_eq!(b.path().await, world.draft);
    b.go(&world.compare).await;
    b.look("compare").await;
    b.tab_to("Ouvrir").await;
    b.enter().await;
    assert!(b.path().await.starts_with("/desk/drafts/"));
    b.go("/desk").await;
    b.tab_to("Importer").await;
    b.enter().await;
    b.look("import").await;
    b.past_the_menu().await;
    b.tab_to("address").await;
    b.press(&world.other.url("/feed.atom")).await;
    b.enter().await;
    assert!(b.text("main").await.contains("Rien n’est encore écrit"), "{}", b.text("main").await);
    b.look("import-looked").await;
    b.past_the_menu().await;
    b.tab_to("Importer").await;
    b.enter().await;
    assert!(b.text(".done").await.contains("import est fait"), "{}", b.text(".done").await);
    // A table with what is to be mended in it.
    let table = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    std::fs::write(table.path(), "Titre;Début;Quoi donc;Adresse\nAtelier;31/11/2031 10:00;x;1 rue A\n;2031-11-20;y;\n")
        .unwrap();
    b.go("/desk/import").await;
    b.client.find(Locator::Css("#f-file")).await.unwrap().send_keys(table.path().to_str().unwrap()).await.unwrap();
    b.click("button[value=try]").await;
    b.look("import-problems").await;
    b.go(&format!("{}/partner", world.ours)).await;
    b.look("partner").await;
    b.tab_to("address").await;
    b.press(&world.theirs).await;
    b.enter().await;
    assert!(b.text("main").await.contains("Atelier de l’eau"));
    b.look("partner-found").await;
    b.tab_to("Demander").await;
    b.enter().await;
    assert_eq!(b.path().await, world.ours);
    b.look("event-partner").await;
    for (name, path) in [
        ("receipts-en", "/desk/receipts?ui=en".to_owned()),
        ("import-en", "/desk/import?ui=en".to_owned()),
        ("radar-en", format!("{}/radar?ui=en", world.draft)),
        ("compare-en", format!("{}?ui=en", world.compare)),
        ("partner-en", format!("{}/partner?ui=en", world.ours)),
        ("me-provider", "/desk/me".to_owned()),
        ("accounts-provider", "/desk/accounts".to_owned()),
    ] {
        b.go(&path).await;
        b.look(name).await;
    }
    assert!(b.violations.is_empty(), "{:#?}", b.violations);
    b.client.clone().close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_side_path_needs_a_mouse_or_cannot_be_read() {
    side_paths(true, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_side_path_cannot_be_read_in_the_dark() {
    side_paths(true, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_side_path_needs_a_script() {
    side_paths(false, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_is_lost_with_the_tab_or_needs_a_mouse() {
    let node = Node::start("");
    let mut admin = node.set_up();
    let Some(b) = Browser::start(node.port, true, false).await else { return };
    b.go("/desk/sign-in").await;
    // By keyboard alone: the first thing one comes to is the way past the menu.
    b.client.active_element().await.unwrap().send_keys(&Key::Tab.to_string()).await.unwrap();
    assert_eq!(b.active().await, "Aller au contenu");
    b.client.active_element().await.unwrap().send_keys(&Key::Enter.to_string()).await.unwrap();
    for text in ["zoe@lab.example", PASSWORD] {
        b.client.active_element().await.unwrap().send_keys(&Key::Tab.to_string()).await.unwrap();
        b.client.active_element().await.unwrap().send_keys(text).await.unwrap();
    }
    assert_eq!(b.active().await, "password");
    b.client.active_element().await.unwrap().send_keys(&Key::Enter.to_string()).await.unwrap();
    b.client.wait().for_element(Locator::Css("main a.button")).await.unwrap();
    b.go("/desk/write").await;
    b.fill("title", "Jamais perdu").await;
    b.fill("summary", "Tapé, et rien de plus.").await;
    // Nobody presses a button: the draft is saved by itself, and the address is where it is found again.
    let mut saved = String::new();
    for _ in 0..100 {
        saved = b.text("#saved").await;
        if saved.contains("enregistré le") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(saved.contains("enregistré le"), "{saved}");
    let draft = b.path().await;
    assert!(draft.starts_with("/desk/drafts/"), "{draft}");
    b.go("/desk").await;
    let page = admin.get(&draft);
    assert!(page.form().contains(&("summary".into(), "Tapé, et rien de plus.".into())), "{:?}", page.form());
    // What is wrong is where one lands, and leads to its field.
    b.go(&draft).await;
    b.fill("title", " ").await;
    b.click("button[value=publish]").await;
    assert_eq!(b.active().await, "problems");
    let link = b.client.find(Locator::Css(".summary a")).await.unwrap();
    link.send_keys(&Key::Enter.to_string()).await.unwrap();
    assert_eq!(b.active().await, "title");
    // Another window saved meanwhile: the script says so, and both are kept.
    let page = admin.get(&draft);
    assert_eq!(admin.send(&draft, &page, &[("title", "De l’autre fenêtre")]).status, 303);
    b.fill("title", "De celle-ci").await;
    let compare = b.client.wait().for_element(Locator::Css("#saved a")).await.unwrap();
    assert!(compare.attr("href").await.unwrap().unwrap().contains("/compare/"));
    let home = admin.get("/desk").body;
    assert!(home.contains("De l’autre fenêtre") && home.contains("De celle-ci"), "{home}");
    b.client.clone().close().await.unwrap();
}

/// A programme of three sources: one that does well, one of which much is to be mended, one that is away.
struct Watched {
    port: u16,
    _node: Node,
    _programme: Running,
}

/// A feed of which much is to be mended, in words that no line holds.
fn wanting() -> String {
    let long = "x".repeat(180);
    let item = |n: usize, inside: &str| {
        format!(
            "<item><title>Atelier n° {n} : l’eau &amp;amp; les sols</title><guid isPermaLink=\"false\">{n}</guid>{inside}</item>"
        )
    };
    let items: String = [
        item(1, &format!("<link>https://lab.example/{long}?utm_source=lettre</link><pubDate>mardi dernier</pubDate>")),
        item(2, "<link>http://intranet/e</link><ev:startdate>2031-11-19T10:00:00</ev:startdate>"),
        item(3, &format!("<ev:startdate>le mardi {long}</ev:startdate>")),
        item(
            4,
            "<ev:startdate>2031-11-20T10:00:00+01:00</ev:startdate><ev:enddate>2031-11-20T09:00:00+01:00</ev:enddate>",
        ),
        item(4, "<ev:startdate>2031-11-21T10:00:00+01:00</ev:startdate>"),
    ]
    .concat();
    format!(
        "<rss version=\"2.0\" xmlns:ev=\"http://purl.org/rss/1.0/modules/event/\"><channel><title>Le labo</title>\
         <link>https://lab.example/</link><description>Agenda</description>{items}</channel></rss>"
    )
}

/// Answers every request with this document.
fn serve(document: String) -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = [0; 4096];
            let _ = stream.read(&mut head);
            let length = document.len();
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{document}"
            );
        }
    });
    port
}

fn watched() -> Watched {
    let folder = tempfile::tempdir().unwrap().keep();
    let node = Node::start("[lab]\nname = \"Lab Ici\"\ntag = \"ici.example,2026\"\nregion = \"FR-BRE\"\n");
    node.set_up().publish("Atelier de l’eau en 2044 à Rennes");
    let (wanting, away, port) = (serve(wanting()), free_ports(0), free_ports(0));
    let config = folder.join("aggregator.toml");
    let source =
        |key: &str, url: &str, name: &str| format!("[[source]]\nkey = \"{key}\"\nurl = \"{url}\"\nname = \"{name}\"\n");
    let text = format!(
        "listen = \"127.0.0.1:{port}\"\npublic_url = \"http://127.0.0.1:{port}\"\ndatabase = \"sqlite:{}\"\n\
         [programme]\ntitle = \"Mois de l’innovation publique\"\ntime_zone = \"Europe/Paris\"\n\
         [fetch]\nallow_private_addresses = true\n{}{}{}",
        folder.join("programme.db").display(),
        source("ici", &node.url("/feed.atom"), "Laboratoire d’innovation publique de Bretagne"),
        source(
            "a-mender",
            &format!("http://127.0.0.1:{wanting}/{}", "chemin/".repeat(20)),
            "Un labo dont le flux est à reprendre"
        ),
        source("absent", &format!("http://127.0.0.1:{away}/feed.atom"), "Labo absent"),
    );
    std::fs::write(&config, text).unwrap();
    let programme =
        Running::start(essaim().arg("aggregator").arg("--config").arg(config), port, &folder.join("aggregator.log"));
    // All three were asked once each has a state.
    for _ in 0..300 {
        let told = String::from_utf8(get(port, "/sources.json").unwrap_or_default()).unwrap();
        let told: serde_json::Value = serde_json::from_str(&told).unwrap_or_default();
        let sources = told["sources"].as_array().cloned().unwrap_or_default();
        if sources.len() == 3 && sources.iter().all(|source| source["state"] != "unread") {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Watched { port, _node: node, _programme: programme }
}

/// What anybody reads of how the sources do, by keyboard.
async fn sources(scripts: bool, dark: bool) {
    let world = tokio::task::spawn_blocking(watched).await.unwrap();
    let Some(mut b) = Browser::start(world.port, scripts, dark).await else { return };
    b.go("/sources").await;
    let page = b.text("main").await;
    for words in
        ["Laboratoire d’innovation publique de Bretagne", "Un labo dont le flux est à reprendre", "Labo absent"]
    {
        assert!(page.contains(words), "{page}");
    }
    b.look("sources").await;
    b.look_at_paper("sources", &["table.sources", ".state", ".counts"], &[".links", ".languages", ".back"]).await;
    // The findings of a source open where the focus is, and lead on to its own page.
    b.go("/sources").await;
    b.past_the_menu().await;
    b.tab_to("constat").await;
    b.press(&Key::Enter.to_string()).await;
    let open = "return document.activeElement.closest('details')?.open === true";
    if scripts {
        assert_eq!(b.client.execute(open, Vec::new()).await.unwrap(), json!(true), "{}", b.active().await);
    }
    b.look("sources-open").await;
    b.tab_to("Tous les constats").await;
    b.enter().await;
    assert_eq!(b.path().await, "/sources/a-mender");
    b.look("source").await;
    let on_paper = [".facts", "#constats li", "#constats details li", "svg.history"];
    b.look_at_paper("source", &on_paper, &[".links", ".languages", ".back"]).await;
    b.go("/sources/a-mender").await;
    b.past_the_menu().await;
    b.tab_to("Exemple").await;
    b.press(&Key::Enter.to_string()).await;
    b.look("source-open").await;
    b.go("/sources/a-mender").await;
    b.tab_to("Toutes les sources").await;
    b.enter().await;
    assert_eq!(b.path().await, "/sources");
    for (name, path) in [
        ("sources-en", "/sources?ui=en"),
        ("source-en", "/sources/a-mender?ui=en"),
        ("source-good", "/sources/ici"),
        ("source-good-en", "/sources/ici?ui=en"),
        ("source-away", "/sources/absent"),
        ("source-away-en", "/sources/absent?ui=en"),
    ] {
        b.go(path).await;
        b.look(name).await;
    }
    assert!(b.violations.is_empty(), "{:#?}", b.violations);
    b.client.clone().close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn how_a_source_does_cannot_be_read_printed_or_come_to_by_keyboard() {
    sources(true, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn how_a_source_does_cannot_be_read_in_the_dark() {
    sources(true, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn how_a_source_does_needs_a_script() {
    sources(false, false).await;
}
