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
                text.replace('`', "").contains(&tongue.mend(*code)),
                "the mend of {} is out of date",
                code.as_str()
            );
        }
    }
}
