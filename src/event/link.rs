//! What an address says besides where it leads: who clicked, from which campaign, in which session.
//!
//! Hidden here are the names of such parameters and the services that count a click on the way to somewhere else. A
//! link is republished [`Address::untracked`]; two spellings of one page have one [`Address::key`].

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

use super::text::Address;

/// What the names of campaign parameters begin with, in lower case: Google's and Matomo's (once Piwik), AT Internet's,
/// HubSpot's.
const TRACKING_BEGINNINGS: [&str; 9] = ["utm_", "pk_", "piwik_", "mtm_", "matomo_", "at_custom", "hsa_", "ga_", "_hs"];

/// The names of parameters that tell the reader or the campaign and never the page, in lower case.
static TRACKING: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "__hsfp __hssc __hstc _bta_c _bta_tid _ga _gl _openstat _se at_campaign at_creation at_emailtype \
        at_format at_link at_medium at_network at_platform at_ptr_name at_send_date at_term at_type \
        at_variant dclid epik fb_action_ids fb_source fbclid gad_source gbraid gclid gclsrc igsh igshid \
        li_fat_id mc_cid mc_eid mkt_tok ml_subscriber msclkid oly_anon_id oly_enc_id s_cid srsltid \
        ttclid twclid vero_conv vero_id wbraid wickedid wt.mc_id wt_mc xtor yclid"
        .split(' ')
        .collect()
});

/// The names of parameters that hold a visit, in lower case: another at each visit.
const SESSION: [&str; 8] = ["cfid", "cftoken", "jsessionid", "oscsid", "phpsessid", "session_id", "sessionid", "sid"];

/// Services that count a click: the end of their host's name, the beginning of the path, where the target stands.
const REDIRECTORS: [(&str, &str, &[&str]); 9] = [
    ("l.facebook.com", "/l.php", &["u"]),
    ("lm.facebook.com", "/l.php", &["u"]),
    ("l.instagram.com", "/", &["u"]),
    ("l.messenger.com", "/l.php", &["u"]),
    ("safelinks.protection.outlook.com", "/", &["url"]),
    ("statics.teams.cdn.office.net", "/evergreen-assets/safelinks/", &["url"]),
    ("www.youtube.com", "/redirect", &["q"]),
    ("duckduckgo.com", "/l/", &["uddg"]),
    ("slack-redir.net", "/link", &["url"]),
];

/// A redirector inside a redirector is seen in forwarded mail; deeper is made to be slow.
const MOST_REDIRECTORS: usize = 3;

impl Address {
    /// The same place without what tells who comes or from where, and without the service that would count the click;
    /// `None` when nothing of the kind is in it.
    ///
    /// Only a target that stands in the address itself is found: nothing is asked.
    pub fn untracked(&self) -> Option<Address> {
        if !self.as_str().contains(['?', '#']) {
            return None;
        }
        let mut address = Cow::Borrowed(self);
        for _ in 0..MOST_REDIRECTORS {
            match target(&address) {
                Some(target) => address = Cow::Owned(target),
                None => break,
            }
        }
        match without(address.as_str(), is_tracking) {
            Some(text) => Address::new(&text).ok(),
            None => matches!(address, Cow::Owned(_)).then(|| address.into_owned()),
        }
    }

    /// What all spellings of one page's address have in common: without the scheme, a slash at its end, tracking and
    /// session parameters, and with the others in one order. A key to compare by, not an address.
    pub fn key(&self) -> String {
        let address = self.untracked();
        let text = address.as_ref().unwrap_or(self).as_str();
        let text = without(text, is_session).map_or(Cow::Borrowed(text), Cow::Owned);
        let text = text.split_once("://").map_or("", |(_, rest)| rest);
        let (text, fragment) = parts(text, '#');
        let (path, query) = parts(text, '?');
        // Java servers write the session into the path.
        let path = path.split_once(';').filter(|(_, p)| is_session(p)).map_or(path, |(path, _)| path);
        let mut key = path.trim_end_matches('/').to_owned();
        if !query.is_empty() {
            let mut parameters: Vec<&str> = query.split('&').collect();
            parameters.sort_unstable();
            key.push('?');
            key.push_str(&parameters.join("&"));
        }
        if !fragment.is_empty() {
            key.push('#');
            key.push_str(fragment);
        }
        key
    }

    /// The name of its host, without a port, in lower case.
    pub fn host_name(&self) -> &str {
        let host = self.host();
        match host.rsplit_once(':') {
            // Colons inside brackets are of an IPv6 address.
            Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
            _ => host,
        }
    }

    /// The path, query left out: `/` at least.
    pub fn path(&self) -> &str {
        let rest = self.as_str().split_once("://").map_or("", |(_, rest)| rest);
        let rest = rest.find('/').map_or("/", |at| &rest[at..]);
        rest.split(['?', '#']).next().unwrap_or("/")
    }
}

/// Where a service that counts clicks leads to.
fn target(address: &Address) -> Option<Address> {
    let host = address.host_name();
    let names: &[&str] =
        match REDIRECTORS.iter().find(|(end, path, _)| is_of(host, end) && address.path().starts_with(path)) {
            Some((_, _, names)) => names,
            // Google's is at google.fr, google.com and some hundred others.
            None if host.split('.').any(|label| label == "google") && address.path() == "/url" => &["q", "url"],
            None => return None,
        };
    let url = url::Url::parse(address.as_str()).ok()?;
    let value = |name: &str| url.query_pairs().find(|(n, _)| n == name).and_then(|(_, v)| Address::new(&v).ok());
    names.iter().find_map(|name| value(name))
}

/// Whether a host is `domain` or under it.
pub fn is_of(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// The address without the parameters, of query and fragment, whose name is one of those; `None` when it has none.
fn without(address: &str, is_one: fn(&str) -> bool) -> Option<String> {
    let (rest, fragment) = parts(address, '#');
    let (path, query) = parts(rest, '?');
    let (kept_query, kept_fragment) = (kept(query, is_one), kept(fragment, is_one));
    if kept_query.is_none() && kept_fragment.is_none() {
        return None;
    }
    let mut out = path.to_owned();
    for (sign, text) in
        [('?', kept_query.as_deref().unwrap_or(query)), ('#', kept_fragment.as_deref().unwrap_or(fragment))]
    {
        if !text.is_empty() {
            out.push(sign);
            out.push_str(text);
        }
    }
    Some(out)
}

/// The parameters of another name, byte for byte; `None` when that is all of them.
fn kept(parameters: &str, is_one: fn(&str) -> bool) -> Option<String> {
    if !parameters.contains('=') {
        return None;
    }
    let all = parameters.split('&').count();
    let kept: Vec<&str> = parameters.split('&').filter(|parameter| !is_one(parameter)).collect();
    (kept.len() < all).then(|| kept.join("&"))
}

/// The name of `name=value`, in lower case. What was escaped once too often begins with `amp;`.
fn name(parameter: &str) -> String {
    let name = parameter.split_once('=').map_or(parameter, |(name, _)| name);
    name.trim_start_matches("amp;").to_ascii_lowercase()
}

fn is_tracking(parameter: &str) -> bool {
    let name = name(parameter);
    TRACKING_BEGINNINGS.iter().any(|beginning| name.starts_with(beginning)) || TRACKING.contains(name.as_str())
}

fn is_session(parameter: &str) -> bool {
    let name = name(parameter);
    SESSION.contains(&name.as_str()) || name.starts_with("aspsessionid")
}

fn parts(text: &str, sign: char) -> (&str, &str) {
    text.split_once(sign).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        Address::new(text).unwrap()
    }

    #[test]
    fn a_link_tells_who_clicked_it() {
        for (tracked, plain) in [
            ("https://lab.example/e?utm_source=x&id=3&UTM_Medium=mail", "https://lab.example/e?id=3"),
            ("https://lab.example/e?fbclid=1", "https://lab.example/e"),
            ("https://lab.example/e?a=%C3%A9+b&amp;pk_campaign=1#s2", "https://lab.example/e?a=%C3%A9+b#s2"),
            ("https://lab.example/e#xtor=RSS-3", "https://lab.example/e"),
            ("https://lab.example/e?at_medium=mail&at_date=3", "https://lab.example/e?at_date=3"),
            (
                "https://www.google.fr/url?sa=t&url=https%3A%2F%2Flab.example%2Fe%3Fid%3D1%26gclid%3D2",
                "https://lab.example/e?id=1",
            ),
            ("https://l.facebook.com/l.php?u=https%3A%2F%2Flab.example%2F&h=AT0", "https://lab.example/"),
            (
                "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fl.facebook.com%2Fl.php%3Fu%3Dhttps%253A%252F%252Flab.example%252Fe&data=05",
                "https://lab.example/e",
            ),
        ] {
            let found = address(tracked).untracked().unwrap();
            assert_eq!(found, address(plain), "{tracked}");
            assert_eq!(found.untracked(), None, "{tracked}");
        }
        for kept in [
            "https://lab.example/e?id=3&page=utm_source",
            "https://lab.example/e#inscription",
            "https://www.google.com/url?q=javascript:alert(1)",
            "https://google.example.com/maps?q=https://lab.example/",
            "https://notl.facebook.com.lab.example/l.php?u=https://x.example/",
        ] {
            assert_eq!(address(kept).untracked(), None, "{kept}");
        }
    }

    #[test]
    fn one_page_spelled_twice_is_two_pages() {
        for (one, other) in [
            ("http://lab.example/e/1/", "https://LAB.example/e/1"),
            ("https://lab.example/e?id=1&lang=fr", "https://lab.example/e/?lang=fr&id=1&PHPSESSID=8f"),
            ("https://lab.example/e;jsessionid=AB12", "https://lab.example/e?utm_source=rss"),
        ] {
            assert_eq!(address(one).key(), address(other).key(), "{one} {other}");
        }
        for (one, other) in [
            ("https://lab.example/e?id=1", "https://lab.example/e?id=2"),
            ("https://lab.example/agenda#e1", "https://lab.example/agenda#e2"),
            ("https://lab.example:8443/e", "https://lab.example/e"),
        ] {
            assert_ne!(address(one).key(), address(other).key(), "{one} {other}");
        }
    }

    #[test]
    fn host_and_path_are_what_they_are_in_the_address() {
        assert_eq!(address("https://[2001:db8::1]:8080/a?b#c").host_name(), "[2001:db8::1]");
        assert_eq!(address("https://[2001:db8::1]/a").host_name(), "[2001:db8::1]");
        assert_eq!(address("https://lab.example:8080?x").host_name(), "lab.example");
        assert_eq!(address("https://lab.example/a/b?c#d").path(), "/a/b");
    }
}
