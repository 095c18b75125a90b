//! The desk over real HTTP: who comes in, and what each may do there.

mod common;

use common::desk::{Node, PASSWORD};
use common::tools::{Running, essaim, free_ports, get, run};

#[test]
fn a_node_without_a_lab_refuses_to_start_or_serves_an_empty_feed() {
    let mut node = Node::start("");
    assert!(get(node.port, "/feed.atom").is_none(), "a feed that is not there yet reads as an empty one");
    let mut stranger = node.visitor();
    for path in ["/", "/desk", "/desk/sign-in"] {
        assert_eq!(stranger.get(path).to(), "/desk/set-up", "{path}");
    }
    let page = stranger.get("/desk/set-up");
    assert!(page.status == 200 && page.body.contains("Mise en service"), "{}", page.body);
    // Without the code nothing is made, and nothing that was typed is lost.
    let fields = [("code", "0000"), ("lab", "Lab & <b>"), ("region", ""), ("shown", "Zoé"), ("account", "a b")];
    let refused = stranger.post("/desk/set-up", &fields);
    assert_eq!(refused.status, 422);
    for field in ["code", "region", "account"] {
        assert!(refused.problem(field).is_some(), "{field}: {}", refused.body);
    }
    assert!(refused.body.contains("value=\"Lab &#38; &#60;b&#62;\"") || refused.body.contains("Lab &amp; &lt;b&gt;"));
    let mut admin = node.set_up();
    let home = admin.get("/desk");
    assert!(home.status == 200 && home.body.contains("/feed.atom"), "{}", home.body);
    let feed = String::from_utf8(get(node.port, "/feed.atom").unwrap()).unwrap();
    assert!(feed.contains("<title>Lab Exemple</title>") && feed.contains("FR-ARA"), "{feed}");
    // The code is good once, and a node that is started again asks nobody.
    let again = node.visitor().post("/desk/set-up", &[("code", &node.code()), ("account", "max"), ("shown", "Max")]);
    assert_eq!(again.to(), "/desk/sign-in");
    node.run();
    assert!(!node.said().contains("?code="), "{}", node.said());
    assert_eq!(admin.get("/desk").status, 200, "a session ends with the process");
}

#[test]
fn a_page_of_the_desk_is_open_to_a_stranger_or_to_another_site() {
    let node = Node::start("");
    let mut admin = node.set_up();
    let mut organiser = node.invited(&mut admin, "max", "organiser");
    let mut stranger = node.visitor();
    for path in ["/desk", "/desk/me", "/desk/accounts", "/desk/lab"] {
        let got = stranger.get(path);
        assert!(got.status == 303 && got.to().starts_with("/desk/sign-in?to=%2Fdesk"), "{path}: {}", got.head);
        let page = admin.get(path);
        assert_eq!(page.header("cache-control"), Some("no-store"), "{path}");
        let security = page.header("content-security-policy").unwrap();
        assert!(security.contains("frame-ancestors 'none'") && security.contains("script-src 'self'"), "{security}");
        assert_eq!(page.header("referrer-policy"), Some("same-origin"), "{path}");
    }
    for path in ["/desk/accounts", "/desk/lab"] {
        assert_eq!(organiser.get(path).status, 403, "{path}");
        assert_eq!(organiser.post(path, &[("do", "invite"), ("account", "eve"), ("shown", "Eve")]).status, 403);
    }
    // A form that another site sends with our cookie does nothing.
    let form = ["Content-Type: application/x-www-form-urlencoded", "Origin: https://evil.example"];
    let invite = b"do=invite&account=eve&shown=Eve&role=admin";
    assert_eq!(admin.ask("POST", "/desk/accounts", &form, invite).status, 403);
    let form = ["Content-Type: application/x-www-form-urlencoded", "Sec-Fetch-Site: cross-site"];
    assert_eq!(admin.ask("POST", "/desk/accounts", &form, invite).status, 403);
    let form = ["Content-Type: application/x-www-form-urlencoded", "Origin: null"];
    assert_eq!(admin.ask("POST", "/desk/sign-out", &form, b"").status, 403);
    assert!(!admin.get("/desk/accounts").body.contains("Eve"));
    let cookie =
        node.visitor().post("/desk/sign-in", &[("name", "max"), ("password", PASSWORD), ("to", "//evil.example")]);
    assert_eq!(cookie.to(), "/desk", "signing in leads to another site");
    let set = cookie.header("set-cookie").unwrap();
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax") && set.contains("Path=/;"), "{set}");
}

#[test]
fn a_session_that_was_ended_goes_on() {
    let mut node = Node::start("");
    let mut admin = node.set_up();
    let mut max = node.invited(&mut admin, "max", "editor");
    assert_eq!(max.get("/desk").status, 200);
    let ended = admin.post("/desk/accounts", &[("do", "end"), ("name", "max")]);
    assert!(ended.to().contains("done="), "{}", ended.head);
    assert_eq!(max.get("/desk").status, 303);
    // Wrong passwords are told alike, and then cost a wait.
    let mut visitor = node.visitor();
    let mut last = 0;
    for _ in 0..8 {
        let got = visitor.post("/desk/sign-in", &[("name", "max"), ("password", "x")]);
        assert!(got.problem("name").is_some() && !got.body.contains("value=\"x\""), "{}", got.body);
        last = got.status;
    }
    assert_eq!(last, 429);
    assert_eq!(visitor.post("/desk/sign-in", &[("name", "max"), ("password", PASSWORD)]).status, 429);
    // The process is killed, and has forgotten nothing.
    node.run();
    assert_eq!(visitor.post("/desk/sign-in", &[("name", "max"), ("password", PASSWORD)]).status, 429);
    // From the shell: a link, by which another password is chosen.
    let config = node.config();
    let config = config.to_str().unwrap();
    let users = |arguments: &[&str]| run(essaim().args(["users", "--config", config]).args(arguments));
    let (code, out, err) = users(&["reset", "max", "--json"]);
    assert_eq!(code, 0, "{err}");
    let link = serde_json::from_str::<serde_json::Value>(&out).unwrap()["link"].as_str().unwrap().to_owned();
    let path = &link[node.url("").len()..];
    assert!(visitor.get(path).body.contains("max"));
    assert!(visitor.post(path, &[("password", "court")]).problem("password").is_some());
    assert_eq!(visitor.post(path, &[("password", "une tout autre phrase")]).status, 303);
    assert_eq!(visitor.get("/desk").status, 200);
    assert_eq!(node.visitor().get(path).status, 410, "a link is good twice");
    // One's own password, with the old one only.
    let wrong = visitor.post("/desk/me", &[("do", "password"), ("old", "x"), ("password", PASSWORD)]);
    assert!(wrong.problem("old").is_some());
    let changed = visitor.post("/desk/me", &[("old", "une tout autre phrase"), ("password", PASSWORD)]);
    assert_eq!(changed.status, 303);
    assert_eq!(visitor.get("/desk").status, 200);
    assert_eq!(visitor.post("/desk/me", &[("do", "everywhere")]).status, 303);
    assert_eq!(visitor.get("/desk").status, 303);
    // The last who can settle anything cannot be taken away.
    assert_eq!(users(&["remove", "zoe@lab.example"]).0, 1);
    assert_eq!(users(&["add", "max"]).0, 1);
    assert_eq!(users(&["remove", "max"]).0, 0);
    let (_, out, _) = users(&["list"]);
    assert!(out.contains("zoe@lab.example") && !out.contains("max"), "{out}");
    assert!(!node.said().contains(PASSWORD), "a password is in the log");
}

#[test]
fn a_lab_that_is_renamed_changes_its_ids_or_loses_what_was_typed() {
    let node = Node::start("");
    let mut admin = node.set_up();
    let id = |feed: &str| feed.split("<id>").nth(1).unwrap().split("</id>").next().unwrap().to_owned();
    let before = String::from_utf8(get(node.port, "/feed.atom").unwrap()).unwrap();
    let fields =
        [("lab", "Lab Nouveau"), ("region", "FR-974"), ("page", "lab.example"), ("licence", ""), ("title", "")];
    let refused = admin.post("/desk/lab", &fields);
    assert!(refused.problem("page").is_some() && refused.body.contains("value=\"Lab Nouveau\""), "{}", refused.body);
    let mut fields = fields;
    fields[2].1 = "https://lab.example/x";
    assert_eq!(admin.post("/desk/lab", &fields).status, 303);
    let after = String::from_utf8(get(node.port, "/feed.atom").unwrap()).unwrap();
    assert!(after.contains("<title>Lab Nouveau</title>") && after.contains("FR-974"), "{after}");
    assert_eq!(id(&before), id(&after));
}

#[test]
fn a_node_without_a_file_does_not_start_or_does_not_say_that_it_is_a_try() {
    let folder = tempfile::tempdir().unwrap();
    let start = |port: u16| {
        let mut command = essaim();
        command.arg("node").current_dir(folder.path()).env("ESSAIM_LISTEN", format!("127.0.0.1:{port}"));
        Running::start(&mut command, port, &folder.path().join("log"))
    };
    let said = || std::fs::read_to_string(folder.path().join("log")).unwrap();
    let port = free_ports(0);
    let node = start(port);
    assert!(said().contains("/desk/set-up?code=") && said().contains("node --print-config > node.toml"), "{}", said());
    let page = common::desk::Visitor::at(port).get("/desk/set-up");
    assert!(page.body.contains("tag:127.0.0.1,") && page.body.contains("C’est un essai"), "{}", page.body);
    drop(node);
    // What it says to do is done, and holds.
    let (code, printed, err) = run(essaim().args(["node", "--print-config"]).current_dir(folder.path()));
    assert_eq!(code, 0, "{err}");
    let printed = printed.replace("public_url = \"http://127.0.0.1:8080/\"", "public_url = \"https://lab.example/\"");
    std::fs::write(folder.path().join("node.toml"), printed).unwrap();
    let port = free_ports(0);
    let _node = start(port);
    assert!(said().contains("https://lab.example/desk/set-up?code=") && !said().contains("print-config"), "{}", said());
    let page = common::desk::Visitor::at(port).get("/desk/set-up");
    assert!(page.body.contains("tag:lab.example,") && !page.body.contains("C’est un essai"), "{}", page.body);
}
