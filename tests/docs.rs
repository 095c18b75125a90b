//! What the docs promise to list is listed.

use essaim::language::Tongue;
use essaim::programme::Code;

#[test]
fn a_finding_is_not_explained_in_the_docs() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/findings.md");
    let text = std::fs::read_to_string(path).unwrap();
    for code in Code::ALL {
        assert!(text.contains(&format!("| `{}` |", code.as_str())), "{} is missing", code.as_str());
        for tongue in [Tongue::French, Tongue::English] {
            assert!(
                text.replace('`', "").contains(&tongue.mend(*code).replace('\u{a0}', " ")),
                "the mend of {} is out of date",
                code.as_str()
            );
        }
    }
}

#[test]
fn a_unit_is_not_understood_or_leaves_a_server_more_than_it_needs() {
    if std::process::Command::new("systemd-analyze").arg("--version").output().is_err() {
        println!("SKIPPED: systemd-analyze is not there");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for role in ["node", "aggregator"] {
        let name = format!("essaim-{role}.service");
        let text = std::fs::read_to_string(std::path::Path::new("docs/systemd").join(&name)).unwrap();
        assert!(text.contains(&format!("essaim {role} --config /etc/essaim/{role}.toml")), "{text}");
        let unit = folder.path().join(&name);
        std::fs::write(&unit, text.replace("/usr/local/bin/essaim", env!("CARGO_BIN_EXE_essaim"))).unwrap();
        let analyze = |arguments: &[&str]| {
            let output = std::process::Command::new("systemd-analyze").args(arguments).arg(&unit).output().unwrap();
            let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
            (output.status.success(), said)
        };
        let (understood, said) = analyze(&["verify"]);
        assert!(understood && !said.contains("Unknown"), "{said}");
        // Tenths of what systemd calls exposure, from 0 to 100.
        let (safe, said) = analyze(&["security", "--offline=true", "--threshold=13"]);
        assert!(safe, "{said}");
    }
}

#[test]
fn a_field_of_tables_or_a_member_of_receipts_is_not_explained() {
    let docs = |name: &str| std::fs::read_to_string(std::path::Path::new("docs").join(name)).unwrap();
    let tables = docs("tables.md");
    for field in essaim::format::sheet::Field::ALL {
        let row =
            format!("| `{}` | {} | {} |", field.code(), field.heading(Tongue::English), field.heading(Tongue::French));
        assert!(tables.contains(&row), "{row} is missing");
    }
    let described: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string("src/web/openapi.json").unwrap()).unwrap();
    let api = docs("api.md");
    for schema in ["Page", "Receipt", "Receipts"] {
        for name in described["components"]["schemas"][schema]["properties"].as_object().unwrap().keys() {
            assert!(api.contains(&format!("`{name}`")), "{name} of {schema} is missing");
        }
    }
    for parameter in described["paths"]["/api/v1/events"]["get"]["parameters"].as_array().unwrap() {
        let name = parameter["name"].as_str().unwrap();
        assert!(api.contains(&format!("`{name}`")), "{name} is missing");
    }
}
