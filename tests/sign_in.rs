//! Signing in by an identity provider: one that others wrote, and one that lies, over real HTTP.

mod common;

use std::path::Path;
use std::process::Command;

use common::desk::{Got, Node, PASSWORD, Visitor};
use common::tools::{Running, free_ports, get, tool};

/// Where the providers know the node from: its address must be known before it starts.
struct World {
    node: Node,
    provider: u16,
    /// Runs until the world ends.
    running: Option<Running>,
    profile: &'static str,
}

const LABEL: &str = "Mon <Fournisseur>";

impl World {
    /// A node with its lab, and a provider beside it.
    fn start(script: &str, profile: &'static str, more: &str) -> World {
        let (provider, secrets) = (free_ports(0), tempfile::tempdir().unwrap());
        let secret = secrets.keep().join("secret");
        std::fs::write(&secret, "un-secret:a-taire&+%\n").unwrap();
        let node = Node::start(&format!(
            "[lab]\nname = \"Lab Exemple\"\nregion = \"FR-ARA\"\n[oidc]\nissuer = \"http://127.0.0.1:{provider}\"\n\
             client_id = \"essaim\"\nclient_secret_file = \"{}\"\nprofile = \"{profile}\"\nlabel = \"{LABEL}\"\n{more}",
            secret.display()
        ));
        let mut world = World { node, provider, running: None, profile };
        world.run(script);
        world
    }

    fn run(&mut self, script: &str) {
        self.running = None;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools").join(script);
        let mut command = Command::new("node");
        command.arg(script).arg(self.provider.to_string()).arg(self.node.url("/")).arg(self.profile);
        self.running = Some(Running::start(&mut command, self.provider, &self.node.folder.path().join("provider.log")));
    }

    /// A browser at the provider.
    fn there(&self) -> Visitor {
        Visitor::at(self.provider)
    }

    /// From the node to the provider and back, with both of a browser's sides; gives where it came back.
    fn by(&self, here: &mut Visitor, there: &mut Visitor, page: &str, who: &str) -> Got {
        let left = here.get(page);
        assert_eq!(left.status, 303, "{page}: {}", left.head);
        self.from(here, there, left.to(), who)
    }

    /// The same from an address of the provider.
    fn from(&self, here: &mut Visitor, there: &mut Visitor, at: &str, who: &str) -> Got {
        let (inside, outside) = (format!("http://127.0.0.1:{}", self.provider), self.node.url(""));
        let mut at = at.strip_prefix(&inside).expect("it leads to the provider").to_owned();
        for _ in 0..12 {
            let mut got = there.get(&at);
            if got.status == 200 {
                got = there.post(&form(&got), &[("prompt", step(&got)), ("login", who), ("password", "x")]);
            }
            assert!(matches!(got.status, 302 | 303), "{at}: {} {}", got.head, got.body);
            if let Some(back) = got.to().strip_prefix(&outside) {
                return here.get(back);
            }
            at = got.to().strip_prefix(&inside).unwrap_or(got.to()).to_owned();
        }
        panic!("the provider leads in circles, at {at}");
    }

    /// The way in which the provider lies from now on.
    fn be(&self, way: &str) {
        assert!(get(self.provider, &format!("/be/{way}")).is_some(), "{way}");
    }
}

/// Where the form of the provider's page leads.
fn form(page: &Got) -> String {
    let action = page.between("action=\"", "\"");
    action.find("/interaction/").map(|start| action[start..].to_owned()).unwrap_or(action)
}

fn step(page: &Got) -> &'static str {
    if page.body.contains("value=\"login\"") { "login" } else { "consent" }
}

const GO: &str = "/desk/sign-in/go";

#[test]
fn nobody_signs_in_by_a_provider_that_others_wrote() {
    if tool("ESSAIM_TEST_NODE").is_none() {
        return;
    }
    for profile in ["generic", "proconnect"] {
        let mut world = World::start("provider.mjs", profile, "");
        let mut admin = world.node.set_up();
        let page = world.node.visitor().get("/desk/sign-in");
        assert!(page.body.contains("Se connecter avec Mon &#60;Fournisseur&#62;"), "{}", page.body);
        // Whom nobody invited does not come in, and is told.
        let (mut here, mut there) = (world.node.visitor(), world.there());
        let back = world.by(&mut here, &mut there, GO, "marie");
        assert!(back.to().contains("refused=unknown"), "{}", back.head);
        let told = here.get(back.to());
        assert!(told.body.contains("personne ne vous a encore donné de compte"), "{}", told.body);
        assert_eq!(here.get("/desk").status, 303);
        // Invited by address, she needs no link and no password.
        let invite =
            [("do", "invite"), ("account", "marie.dupont@lab.example"), ("shown", "Marie"), ("role", "editor")];
        let made = admin.post("/desk/accounts", &invite);
        let link = made.between("<code class=\"link\">", "</code>");
        let back = world.by(&mut here, &mut there, &format!("{GO}?to=%2Fdesk%2Fimport"), "marie");
        assert_eq!(back.to(), "/desk/import", "{}", back.head);
        let home = here.get("/desk/import");
        assert!(home.status == 200 && home.body.contains("Marie"), "{}", home.head);
        assert!(!here.get("/desk/me").body.contains("name=\"old\""), "she is asked for a password that she has not");
        let cookies = back.head.to_ascii_lowercase();
        assert!(cookies.contains("httponly") && cookies.contains("samesite=lax"), "{cookies}");
        let path = link.split_once(&world.node.port.to_string()).unwrap().1;
        assert_eq!(world.node.visitor().get(path).status, 410, "the invitation goes on");
        // Another who was given her address since, or says that they were, is not her.
        for who in ["jeanne", "eve"] {
            let (mut here, mut there) = (world.node.visitor(), world.there());
            let back = world.by(&mut here, &mut there, GO, who);
            let why = if who == "jeanne" { "refused=linked" } else { "refused=no-address" };
            assert!(back.to().contains(why), "{who}: {}", back.head);
            assert_eq!(here.get("/desk").status, 303, "{who}");
        }
        // The provider is started again, with other keys.
        world.run("provider.mjs");
        let (mut here, mut there) = (world.node.visitor(), world.there());
        assert_eq!(world.by(&mut here, &mut there, GO, "marie").to(), "/desk");
        // Signing out here signs out there.
        let out = here.post("/desk/sign-out", &[]);
        assert!(out.status == 200 && out.body.contains("http-equiv=\"refresh\""), "{}", out.head);
        assert_eq!(here.get("/desk").status, 303);
        let end = out.between("<a class=\"button\" href=\"", "\"").replace("&#38;", "&").replace("&amp;", "&");
        let inside = format!("http://127.0.0.1:{}", world.provider);
        let asked = there.get(end.strip_prefix(&inside).unwrap());
        assert_eq!(asked.status, 200, "{}", asked.body);
        let xsrf = asked.between("name=\"xsrf\" value=\"", "\"");
        let ended = there.post("/session/end/confirm", &[("xsrf", &xsrf), ("logout", "yes")]);
        assert!(ended.to().starts_with(&world.node.url("/desk/sign-in")), "{}", ended.head);
        let again = there.get(here.get(GO).to().strip_prefix(&inside).unwrap());
        assert!(again.status == 303 && again.to().contains("/interaction/"), "still signed in there: {}", again.head);
        // Passwords are as good as before; and no secret of anybody's is in the log.
        let signed = world.node.visitor().post("/desk/sign-in", &[("name", "zoe@lab.example"), ("password", PASSWORD)]);
        assert_eq!(signed.status, 303);
        assert!(!world.node.said().contains("un-secret"), "{}", world.node.said());
    }
}

#[test]
fn an_account_cannot_be_linked_or_is_linked_by_another_site() {
    if tool("ESSAIM_TEST_NODE").is_none() {
        return;
    }
    let world = World::start("provider.mjs", "proconnect", "newcomers = \"organiser\"\nsiret = [\"13002526500013\"]\n");
    let mut admin = world.node.set_up();
    let mut there = world.there();
    // A link, on whatever site, changes nothing for who is signed in.
    assert_eq!(admin.get(GO).to(), "/desk");
    let origin = ["Content-Type: application/x-www-form-urlencoded", "Origin: https://evil.example"];
    assert_eq!(admin.ask("POST", "/desk/me", &origin, b"do=link").status, 403);
    let left = admin.post("/desk/me", &[("do", "link")]);
    assert_eq!(left.status, 200, "{}", left.head);
    let to = left.between("<a class=\"button\" href=\"", "\"").replace("&#38;", "&").replace("&amp;", "&");
    let back = world.from(&mut admin, &mut there, &to, "marie");
    assert_eq!(back.to(), "/desk/me", "{}", back.head);
    assert!(admin.get("/desk/me").body.contains("Votre compte y est relié"));
    let (mut here, mut there) = (world.node.visitor(), world.there());
    assert_eq!(world.by(&mut here, &mut there, GO, "marie").to(), "/desk");
    assert_eq!(here.get("/desk/accounts").status, 200, "she is not the one who linked");
    // By the link of an invitation, whatever address the provider knows.
    let made = admin.post("/desk/accounts", &[("do", "invite"), ("account", "j"), ("shown", "J"), ("role", "editor")]);
    let link = made.between("/desk/invitation/", "</code>");
    let page = world.node.visitor().get(&format!("/desk/invitation/{link}"));
    assert!(page.body.contains(&format!("invitation={link}")), "{}", page.body);
    let (mut here, mut there) = (world.node.visitor(), world.there());
    assert_eq!(world.by(&mut here, &mut there, &format!("{GO}?invitation={link}"), "jeanne").to(), "/desk");
    assert!(here.get("/desk/me").body.contains("(<bdi>j</bdi>)"));
    // Who is of another establishment does not come in, a newcomer of this one does, as an organiser.
    let (mut here, mut there) = (world.node.visitor(), world.there());
    let back = world.by(&mut here, &mut there, GO, "max");
    assert!(back.to().contains("refused=elsewhere"), "{}", back.head);
    // An administrator forgets an identity; its sessions end, and the next person of that address comes in as themselves.
    let mut jeanne = world.node.visitor();
    assert_eq!(world.by(&mut jeanne, &mut world.there(), GO, "jeanne").to(), "/desk");
    assert_eq!(admin.post("/desk/accounts", &[("do", "unlink"), ("name", "j")]).status, 303);
    assert_eq!(jeanne.get("/desk").status, 303);
    assert_eq!(world.by(&mut jeanne, &mut world.there(), GO, "jeanne").to(), "/desk");
    let page = jeanne.get("/desk/me").body;
    assert!(page.contains("marie.dupont@lab.example") && page.contains("Jeanne Dupont"), "{page}");
    assert_eq!(jeanne.get("/desk/import").status, 403, "a newcomer may more than is settled");
    // A session that ended while she wrote: she signs in by another tab, and what she wrote comes back.
    let mut alone = world.node.visitor();
    let draft = "/desk/drafts/01900000-0000-7000-8000-000000000007";
    let kept = alone.post(draft, &[("version", "0"), ("title", "Pas perdu"), ("do", "save")]);
    assert!(kept.status == 401 && kept.body.contains("target=\"_blank\""), "{}", kept.body);
    let kept = kept.between("name=\"kept\" value=\"", "\"").replace("&#38;", "&").replace("&amp;", "&");
    let go_on = [("to", draft), ("kept", kept.as_str()), ("do", "go-on")];
    let again = alone.post("/desk/sign-in", &go_on);
    assert!(again.status == 401 && again.body.contains("Pas+perdu"), "{}", again.body);
    assert_eq!(world.by(&mut alone, &mut world.there(), GO, "jeanne").to(), "/desk");
    let back = alone.post("/desk/sign-in", &go_on);
    assert!(back.to().starts_with(draft), "{}", back.head);
    assert!(alone.get(draft).body.contains("Pas perdu"));
}

#[test]
fn a_provider_that_lies_is_believed() {
    if tool("ESSAIM_TEST_NODE").is_none() {
        return;
    }
    let world = World::start("false_provider.mjs", "proconnect", "");
    let mut admin = world.node.set_up();
    let invite = [("do", "invite"), ("account", "marie@lab.example"), ("shown", "Marie"), ("role", "editor")];
    admin.post("/desk/accounts", &invite);
    let come = |way: &str| {
        let mut here = world.node.visitor();
        world.be(way);
        let back = world.by(&mut here, &mut world.there(), GO, "");
        let inside = here.get("/desk").status == 200;
        (back.to().to_owned(), inside, here)
    };
    for (way, why) in [
        ("state", "stale"),
        ("grant", "stale"),
        ("denied", "denied"),
        ("mixed-up", "unsound"),
        ("nonce", "unsound"),
        ("no-nonce", "unsound"),
        ("audience", "unsound"),
        ("audiences", "unsound"),
        ("issuer", "unsound"),
        ("expired", "unsound"),
        ("old", "unsound"),
        ("early", "unsound"),
        ("none", "unsound"),
        ("hs256", "unsound"),
        ("hs256-public", "unsound"),
        ("other-key", "unsound"),
        ("no-token", "unsound"),
        ("unsigned", "unsound"),
        ("info-none", "unsound"),
        ("info-key", "unsound"),
        ("info-audience", "unsound"),
        ("other-subject", "unsound"),
        ("endless", "unavailable"),
        ("unverified", "no-address"),
    ] {
        let (to, inside, mut here) = come(way);
        assert!(to.contains(&format!("refused={why}")), "{way}: {to}");
        assert!(!inside, "{way}: somebody came in");
        for tongue in ["fr", "en"] {
            here.tongue = tongue;
            let told = here.get(&to);
            assert!(told.body.contains("class=\"refused\" role=\"alert\""), "{way}: {}", told.body);
        }
    }
    // A code is good once, whatever the provider says, and in the browser that asked alone.
    world.be("well");
    let mut here = world.node.visitor();
    let left = here.get(GO);
    let at = left.to().strip_prefix(&format!("http://127.0.0.1:{}", world.provider)).unwrap().to_owned();
    let back = world.there().get(&at).to().strip_prefix(&world.node.url("")).unwrap().to_owned();
    let stolen = world.node.visitor().get(&back);
    assert!(stolen.to().contains("refused=stale"), "the code is good in another browser: {}", stolen.head);
    let ticket = here.cookies["essaim-sign-in"].clone();
    assert_eq!(here.get(&back).to(), "/desk");
    assert!(here.cookies["essaim-sign-in"].is_empty(), "the ticket stays");
    let mut replayed = world.node.visitor();
    replayed.cookies.insert("essaim-sign-in".to_owned(), ticket);
    let again = replayed.get(&back);
    assert!(again.to().contains("refused=stale"), "a code is good twice: {}", again.head);
    // Its keys change between two sign-ins.
    let (to, inside, _) = come("rotated");
    assert!(to == "/desk" && inside, "{to}");
    // It does not answer: a password still does.
    world.be("down");
    let mut here = world.node.visitor();
    let left = here.get(GO);
    let there = left.to().strip_prefix(&format!("http://127.0.0.1:{}", world.provider));
    assert!(there.is_some(), "what it said of itself is current for a while: {}", left.head);
    let signed = here.post("/desk/sign-in", &[("name", "zoe@lab.example"), ("password", PASSWORD)]);
    assert_eq!(signed.status, 303);
    let said = world.node.said();
    assert!(!said.contains("very-secret-token") && !said.contains("marie@lab.example"), "{said}");
}

#[test]
fn a_provider_that_is_not_there_stops_the_node() {
    let port = free_ports(0);
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "s").unwrap();
    let node = Node::start(&format!(
        "[lab]\nname = \"Lab\"\n[oidc]\nissuer = \"http://127.0.0.1:{port}/\"\nclient_id = \"c\"\n\
         client_secret_file = \"{}\"\nlabel = \"ProConnect\"\n",
        secret.display()
    ));
    node.set_up();
    let mut here = node.visitor();
    let back = here.get(GO);
    assert!(back.to().contains("refused=unavailable"), "{}", back.head);
    assert!(here.get(back.to()).body.contains("ProConnect ne répond pas pour l’instant"));
    let signed = here.post("/desk/sign-in", &[("name", "zoe@lab.example"), ("password", PASSWORD)]);
    assert_eq!(signed.status, 303);
}
