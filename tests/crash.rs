//! kill -9 in the middle of a round, again and again: nothing that was acknowledged is lost, and no id changes.

mod common;

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::Duration;

use common::desk::Node;
use common::tools::{Running, essaim, free_ports, run};
use essaim::programme::Ledger;
use essaim::store::Store;

fn feed(lab: usize, events: usize) -> String {
    let words = [
        "eau",
        "forêt",
        "slam",
        "télétravail",
        "tiers-lieu",
        "cartographie",
        "théâtre",
        "climat",
        "mobilité",
        "énergie",
    ];
    let entry = |n: usize| {
        let title = format!("{} {} {}", words[n % 10], words[(n / 10) % 10], n);
        format!(
            "<entry><id>tag:lab{lab}.example,2026:e/{n}</id><title>{title}</title><updated>2026-10-01T08:00:00Z</updated>\
             <evt:event v='1' status='scheduled'><evt:slot ref='c1' start='2026-11-{:02}' precision='day'/></evt:event></entry>",
            1 + n % 28
        )
    };
    format!(
        "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:evt='https://w3id.org/essaim/event/1' xml:lang='fr'>\
         <id>tag:lab{lab}.example,2026:p</id><title>Lab {lab}</title><updated>2026-10-01T08:00:00Z</updated>\
         <author><name>Lab {lab}</name></author>{}</feed>",
        (0..events).map(entry).collect::<String>()
    )
}

#[test]
fn a_killed_round_loses_what_was_acknowledged() {
    const LABS: usize = 3;
    let soak = std::env::var_os("ESSAIM_SOAK").is_some();
    let kills = if soak { 300 } else { 15 };
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let ports = free_ports(u16::try_from(LABS).unwrap());
    let mut nodes = Vec::new();
    let mut sources = String::new();
    let config = |lab: usize| path(&format!("node{lab}.toml"));
    let import = |lab: usize, events: usize| {
        std::fs::write(path(&format!("lab{lab}.atom")), feed(lab, events)).unwrap();
        let (code, out, err) =
            run(essaim().args(["import", "--config", &config(lab), &path(&format!("lab{lab}.atom"))]));
        assert_eq!(code, 0, "{out}{err}");
    };
    for lab in 0..LABS {
        let port = ports + u16::try_from(lab).unwrap();
        let text = format!(
            "listen = \"127.0.0.1:{port}\"\npublic_url = \"http://127.0.0.1:{port}/\"\ndatabase = \"sqlite:{}\"\n",
            path(&format!("node{lab}.db"))
        );
        std::fs::write(config(lab), text).unwrap();
        import(lab, 5);
        let log = folder.path().join(format!("node{lab}.log"));
        nodes.push(Running::start(essaim().args(["node", "--config", &config(lab)]), port, &log));
        sources.push_str(&format!(
            "[[source]]\nurl = \"http://127.0.0.1:{port}/feed.atom\"\nkey = \"lab{lab}\"\nname = \"Lab {lab}\"\n"
        ));
    }
    let programme = format!("sqlite:{}", path("programme.db"));
    let aggregator = path("aggregator.toml");
    let text = format!(
        "public_url = \"https://programme.example/\"\ndatabase = \"{programme}\"\n[programme]\ntitle = \"P\"\n\
         [fetch]\nallow_private_addresses = true\n{sources}"
    );
    std::fs::write(&aggregator, text).unwrap();
    let round = || {
        let mut command = essaim();
        command.args(["round", "--all", "--json", "--config", &aggregator]);
        command
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    // Event of each entry, by the rounds that said they were done.
    let acknowledged = || {
        runtime.block_on(async {
            let store = Store::open(&programme).await.unwrap();
            let ledger = Ledger::from_records(store.ledger().await.unwrap());
            let entries = store.entries().await.unwrap();
            let known: BTreeMap<_, _> =
                entries.iter().filter_map(|e| Some((e.key.clone(), ledger.event_of(&e.key)?.clone()))).collect();
            let slugs: BTreeMap<_, _> = ledger.events().map(|(id, m)| (id.clone(), m.slug.clone())).collect();
            store.close().await;
            (known, slugs)
        })
    };
    assert_eq!(run(&mut round()).0, 0);
    let (mut known, mut slugs) = acknowledged();
    assert_eq!(known.len(), LABS * 5);
    let mut seed: u64 = 0x9E37_79B9_7F4A_7C15;
    for kill in 0..kills {
        import(kill % LABS, 5 + kill * 3);
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let mut child = round().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(seed >> 46));
        child.kill().unwrap();
        child.wait().unwrap();
        if kill % 3 == 2 {
            let (code, out, err) = run(&mut round());
            assert_eq!(code, 0, "after kill {kill}: {out}{err}");
            let (now_known, now_slugs) = acknowledged();
            for (key, event) in &known {
                assert_eq!(now_known.get(key), Some(event), "an entry lost its event after kill {kill}");
            }
            for (event, slug) in &slugs {
                assert_eq!(now_slugs.get(event), Some(slug), "an event lost its address after kill {kill}");
            }
            (known, slugs) = (now_known, now_slugs);
        }
    }
    let listed: usize =
        (0..LABS).map(|lab| (0..kills).filter(|k| k % LABS == lab).map(|k| 5 + k * 3).max().unwrap_or(5)).sum();
    assert_eq!(known.len(), listed, "entries were lost");
    let (code, out, _) = run(&mut round());
    let last: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, last["changes"]["added"].as_object().unwrap().len()), (0, 0), "a round was left undone");
}

#[test]
fn a_killed_desk_loses_a_draft_or_an_event_that_it_acknowledged() {
    let soak = std::env::var_os("ESSAIM_SOAK").is_some();
    let kills = if soak { 1000 } else { 12 };
    let mut node = Node::start("");
    let mut admin = node.set_up();
    // Each draft with the last number that was acknowledged of it, and the one that was on its way.
    let mut drafts: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    let mut acknowledged = 0;
    let mut seed: u64 = 0x9E37_79B9_7F4A_7C15;
    for kill in 0..kills {
        let key = format!("01900000-0000-7000-8000-{:012x}", kill % 5);
        let to = format!("/desk/drafts/{key}");
        let pid = node.running.as_ref().unwrap().0.id();
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let delay = Duration::from_micros(seed >> 48);
        let killer = std::thread::spawn(move || {
            std::thread::sleep(delay);
            std::process::Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap();
        });
        let (mut done, mut sent) = drafts.get(&key).copied().unwrap_or_default();
        let page = admin.try_get(&to).filter(|page| page.status == 200);
        let mut version = page
            .map_or(0, |page| page.form().iter().find(|(n, _)| n == "version").map_or(0, |(_, v)| v.parse().unwrap()));
        loop {
            sent += 1;
            let (title, at) = (format!("Brouillon {sent}"), version.to_string());
            match admin.try_post(&to, &[("version", &at), ("title", &title), ("do", "save")]) {
                // Saved beside means that the version was not what the page said: it cannot be here.
                Some(got) => {
                    assert!(got.status == 303 && !got.to().contains("compare"), "{}", got.head);
                    (done, version) = (sent, version + 1);
                    acknowledged += 1;
                }
                None => break,
            }
        }
        drafts.insert(key, (done, sent));
        killer.join().unwrap();
        node.run();
        if kill % 50 == 0 {
            sound(&node);
        }
        for (key, (done, sent)) in &drafts {
            let Some(page) = admin.try_get(&format!("/desk/drafts/{key}")).filter(|page| page.status == 200) else {
                assert_eq!(*done, 0, "a draft is gone after kill {kill}");
                continue;
            };
            let title = page.form().into_iter().find(|(name, _)| name == "title").unwrap().1;
            let number: u32 = title.rsplit(' ').next().unwrap().parse().unwrap();
            assert!((*done..=*sent).contains(&number), "{number} is not of {done} to {sent} after kill {kill}");
        }
    }
    assert!(acknowledged > 0, "nothing was ever acknowledged");
    sound(&node);
    println!("{kills} kills among {acknowledged} acknowledged saves");
}

/// The database is whole, as SQLite itself sees it, journal included.
fn sound(node: &Node) {
    let file = format!("sqlite:{}", node.folder.path().join("node.db").display());
    let said: Vec<String> = tokio::runtime::Runtime::new().unwrap().block_on(async {
        let pool = sqlx::SqlitePool::connect(&file).await.unwrap();
        let mut said: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check").fetch_all(&pool).await.unwrap();
        let strays: Vec<(String, Option<i64>, String, i64)> =
            sqlx::query_as("PRAGMA foreign_key_check").fetch_all(&pool).await.unwrap();
        said.extend(strays.into_iter().map(|stray| format!("{stray:?}")));
        said
    });
    assert_eq!(said, ["ok"]);
}
