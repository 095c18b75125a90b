use super::*;

fn file(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

#[test]
fn what_is_printed_cannot_be_read_back() {
    let printed = Aggregator::default().print();
    let again = Aggregator::read(file(&printed).path()).unwrap();
    assert_eq!(again.print(), printed);
    let full = "public_url = \"https://p.example/x\"\n[programme]\ntitle = \"T \\\"q\\\"\"\n\
                [fetch]\ninterval = \"1h\"\nallowed_networks = [\"10.0.0.0/8\"]\n\
                allowed_hosts = [\"Agenda.intranet.example\", \".lab.example\"]\nextra_ca = \"ca.pem\"\n\
                [guard]\ngone = 7\nconfirm_after = \"2h\"\n\
                [[edition]]\nkey = \"e\"\nstarts = \"2026-11-02\"\n\
                [[source]]\nurl = \"https://lab.example/f\"\nname = \"L\"\nregion = \"fr-ara\"\n\
                kind = \"open-agenda\"\nreads_pages = true\n";
    let printed = Aggregator::read(file(full).path()).unwrap().print();
    assert_eq!(Aggregator::read(file(&printed).path()).unwrap().print(), printed);
    assert!(printed.contains("https://p.example/x/") && printed.contains("lab.example/f"), "{printed}");
    assert!(printed.contains("kind = \"open-agenda\"\nreads_pages = true"), "{printed}");
    assert!(printed.contains("allowed_hosts = [\"agenda.intranet.example\", \".lab.example\"]"), "{printed}");
    let printed = Node::default().print();
    assert_eq!(Node::read(file(&printed).path()).unwrap().print(), printed);
    let full = "public_url = \"https://lab.example/\"\n[oidc]\nissuer = \"https://id.example/v2\"\nclient_id = \"c\"\n\
                client_secret_file = \"s\"\nprofile = \"proconnect\"\nlabel = \"P\"\nnewcomers = \"editor\"\n\
                siret = [\"13002526500013\"]\n";
    let printed = Node::read(file(full).path()).unwrap().print();
    assert_eq!(Node::read(file(&printed).path()).unwrap().print(), printed);
    assert!(
        printed.contains("\nprofile = \"proconnect\"") && printed.contains("\nnewcomers = \"editor\""),
        "{printed}"
    );
}

#[test]
fn the_environment_overrides_a_value_and_a_misspelt_variable_is_said() {
    let text = "public_url = \"https://p.example/\"\n[programme]\ntitle = \"T\"\n";
    let file = file(text);
    let set = |name: &str, value: &str| {
        let one = [(name.to_owned(), value.to_owned())];
        table(file.path(), one.into_iter(), &["programme", "fetch", "guard"])
    };
    assert_eq!(set("ESSAIM_FETCH_INTERVAL", "1h").unwrap()["fetch"]["interval"].as_str(), Some("1h"));
    assert_eq!(
        set("ESSAIM_FETCH_ALLOW_PRIVATE_ADDRESSES", "true").unwrap()["fetch"]["allow_private_addresses"].as_bool(),
        Some(true)
    );
    assert_eq!(set("ESSAIM_LISTEN", "127.0.0.1:9").unwrap()["listen"].as_str(), Some("127.0.0.1:9"));
    assert!(set("ESSAIM_LISTN", "x").is_err());
    assert!(set("PATH", "x").is_ok());
}

#[test]
fn anybody_on_the_way_can_vouch_for_anybody() {
    let node = |more: &str, issuer: &str, siret: &str| {
        let text = format!(
            "public_url = \"https://lab.example/\"\n{more}[oidc]\nissuer = \"{issuer}\"\nclient_id = \"c\"\n\
             client_secret_file = \"s\"\nlabel = \"P\"\nsiret = [\"{siret}\"]\n"
        );
        Node::read(file(&text).path())
    };
    let siret = "13002526500013";
    assert!(node("", "https://id.example/v2", siret).is_ok());
    for (issuer, siret) in [
        ("http://id.example/", siret),
        ("id.example", siret),
        ("https://id.example/?x", siret),
        ("https://id.example/", "1"),
    ] {
        assert!(node("", issuer, siret).is_err(), "{issuer} {siret}");
    }
    assert!(node("allow_private_addresses = true\n", "http://127.0.0.1:9/", siret).is_ok());
}

#[test]
fn a_wrong_allowed_host_is_taken_or_not_said_how_to_write() {
    let node = |host: &str| {
        Node::read(file(&format!("public_url = \"https://p.example/\"\nallowed_hosts = [\"{host}\"]\n")).path())
    };
    assert_eq!(node(".lab.example").unwrap().allowed_hosts.len(), 1);
    for (host, mend) in [
        ("https://agenda.intranet.example/", "without scheme, port or path"),
        ("10.1.2.3", "write it in allowed_networks"),
        (".fr", "name the domain"),
    ] {
        let error = node(host).unwrap_err().to_string();
        assert!(error.contains(host) && error.contains(mend), "{error}");
    }
}

#[test]
fn a_misspelt_key_is_ignored() {
    let wrong = file("public_url = \"https://p.example/\"\nlistn = \"x\"\n");
    let error = Node::read(wrong.path()).unwrap_err().to_string();
    assert!(error.contains("listn"), "{error}");
}
