//! A node with its desk, and somebody at it who has no script: forms, redirects and a cookie over plain sockets.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use super::tools::{Running, essaim, free_ports};

/// A node of its own, listening on this machine.
pub struct Node {
    pub port: u16,
    pub folder: tempfile::TempDir,
    pub running: Option<Running>,
}

/// The password of every account in the tests.
pub const PASSWORD: &str = "une phrase assez longue";

impl Node {
    /// Starts one that knows nothing yet, with these lines more in its configuration.
    pub fn start(more: &str) -> Node {
        let folder = tempfile::tempdir().unwrap();
        let port = free_ports(0);
        let database = folder.path().join("node.db");
        let config = format!(
            "listen = \"127.0.0.1:{port}\"\npublic_url = \"http://127.0.0.1:{port}/\"\ndatabase = \"sqlite:{}\"\n\
             allow_private_addresses = true\n{more}",
            database.display()
        );
        std::fs::write(folder.path().join("node.toml"), config).unwrap();
        let mut node = Node { port, folder, running: None };
        node.run();
        node
    }

    /// Starts it, again.
    pub fn run(&mut self) {
        self.running = None;
        let mut command = essaim();
        command.args(["node", "--config"]).arg(self.config());
        self.running = Some(Running::start(&mut command, self.port, &self.log()));
    }

    pub fn config(&self) -> PathBuf {
        self.folder.path().join("node.toml")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("node.log")
    }

    /// What it said on the terminal.
    pub fn said(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap()
    }

    /// The code that it printed when it started.
    pub fn code(&self) -> String {
        let said = self.said();
        let at = said.find("?code=").expect("a code on the terminal") + 6;
        said[at..].split_whitespace().next().unwrap().to_owned()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Somebody who has not signed in.
    pub fn visitor(&self) -> Visitor {
        Visitor { port: self.port, cookies: BTreeMap::new(), tongue: "fr" }
    }

    /// Sets the node up, and gives its administrator.
    pub fn set_up(&self) -> Visitor {
        let mut visitor = self.visitor();
        let code = self.code();
        let done = visitor.post(
            "/desk/set-up",
            &[
                ("code", &code),
                ("lab", "Lab Exemple"),
                ("region", "FR-ARA"),
                ("page", "https://lab.example/"),
                ("licence", "https://www.etalab.gouv.fr/licence-ouverte-open-licence"),
                ("shown", "Zoé Admin"),
                ("account", "zoe@lab.example"),
                ("password", PASSWORD),
            ],
        );
        assert_eq!(done.status, 303, "{}", done.body);
        // The node answers in place of the set-up as soon as it has looked.
        let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while super::tools::get(self.port, "/feed.atom").is_none() {
            assert!(std::time::Instant::now() < until, "the node does not begin");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        visitor
    }

    /// Invites somebody, who comes.
    pub fn invited(&self, admin: &mut Visitor, name: &str, role: &str) -> Visitor {
        let made =
            admin.post("/desk/accounts", &[("do", "invite"), ("account", name), ("shown", name), ("role", role)]);
        assert_eq!(made.status, 200, "{}", made.body);
        let link = made.between("<code class=\"link\">", "</code>");
        let path = link.split_once(&self.port.to_string()).unwrap().1.to_owned();
        let mut visitor = self.visitor();
        assert_eq!(visitor.post(&path, &[("password", PASSWORD)]).status, 303);
        visitor
    }
}

/// Somebody with a browser without script.
#[derive(Clone)]
pub struct Visitor {
    port: u16,
    pub cookies: BTreeMap<String, String>,
    pub tongue: &'static str,
}

/// What a browser got.
#[derive(Debug)]
pub struct Got {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Got {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Where it leads, after host and port.
    pub fn to(&self) -> &str {
        self.header("location").expect("it leads somewhere")
    }

    /// What stands between two marks.
    pub fn between(&self, from: &str, to: &str) -> String {
        let start = self.body.find(from).unwrap_or_else(|| panic!("no {from} in {}", self.body)) + from.len();
        self.body[start..].split(to).next().unwrap().to_owned()
    }

    /// What is told beside a field.
    pub fn problem(&self, field: &str) -> Option<String> {
        let mark = format!("id=\"p-{field}\">");
        self.body.contains(&mark).then(|| self.between(&mark, "</p>"))
    }

    /// The names and values that the page's form would send, as it stands.
    pub fn form(&self) -> Vec<(String, String)> {
        let page = scraper::Html::parse_document(&self.body);
        let select = |text: &str| scraper::Selector::parse(text).unwrap();
        let form = page.select(&select("form[data-main]")).next().expect("a main form");
        let mut fields = Vec::new();
        for one in form.select(&select("input[name], textarea[name], select[name]")) {
            let element = one.value();
            let name = element.attr("name").unwrap().to_owned();
            match (element.name(), element.attr("type").unwrap_or("text")) {
                ("input", "file" | "submit" | "button") => {}
                ("input", "checkbox" | "radio") if element.attr("checked").is_none() => {}
                ("input", _) => fields.push((name, element.attr("value").unwrap_or("on").to_owned())),
                ("textarea", _) => {
                    let text: String = one.text().collect();
                    fields.push((name, text.strip_prefix('\n').unwrap_or(&text).to_owned()));
                }
                _ => {
                    let chosen = one.select(&select("option[selected]")).next();
                    let chosen = chosen.or_else(|| one.select(&select("option")).next());
                    fields.push((name, chosen.and_then(|o| o.value().attr("value")).unwrap_or_default().to_owned()));
                }
            }
        }
        fields
    }
}

impl Visitor {
    /// Somebody at another site of this machine.
    pub fn at(port: u16) -> Visitor {
        Visitor { port, cookies: BTreeMap::new(), tongue: "fr" }
    }

    pub fn get(&mut self, path: &str) -> Got {
        self.ask("GET", path, &[], b"")
    }

    /// Sends a form from a page of the node.
    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Got {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        let body = body.finish();
        let origin = format!("Origin: http://127.0.0.1:{}", self.port);
        self.ask("POST", path, &["Content-Type: application/x-www-form-urlencoded", &origin], body.as_bytes())
    }

    /// A page, if the server lives.
    pub fn try_get(&mut self, path: &str) -> Option<Got> {
        self.try_ask("GET", path, &[], b"")
    }

    /// Sends a form, if the server lives to answer.
    pub fn try_post(&mut self, path: &str, fields: &[(&str, &str)]) -> Option<Got> {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        let body = body.finish();
        let origin = format!("Origin: http://127.0.0.1:{}", self.port);
        self.try_ask("POST", path, &["Content-Type: application/x-www-form-urlencoded", &origin], body.as_bytes())
    }

    /// Sends a form with a file, as browsers do.
    pub fn upload(&mut self, path: &str, fields: &[(&str, &str)], file: (&str, &str, &[u8])) -> Got {
        let mut body = Vec::new();
        for (name, value) in fields {
            let part = format!("--b0undary\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        let (field, name, bytes) = file;
        let part = format!(
            "--b0undary\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
             Content-Type: image/png\r\n\r\n"
        );
        body.extend_from_slice(part.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--b0undary--\r\n");
        let origin = format!("Origin: http://127.0.0.1:{}", self.port);
        self.ask("POST", path, &["Content-Type: multipart/form-data; boundary=b0undary", &origin], &body)
    }

    /// One request, with these headers.
    pub fn ask(&mut self, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Got {
        self.try_ask(method, path, headers, body).expect("an answer")
    }

    /// The same; `None` when no whole answer came.
    fn try_ask(&mut self, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Option<Got> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\nAccept-Language: {}\r\n\
             Content-Length: {}\r\nCookie: {}\r\n",
            self.port,
            self.tongue,
            body.len(),
            cookies.join("; ")
        );
        for header in headers {
            head += header;
            head += "\r\n";
        }
        head += "\r\n";
        stream.write_all(head.as_bytes()).ok()?;
        // A server that has read enough may close before all is sent.
        let _ = stream.write_all(body);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let end = answer.windows(4).position(|w| w == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        let mut body = answer.split_off(end + 4);
        if head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
            body = unchunked(&body);
        }
        let named = head.lines().filter_map(|line| line.split_once(": "));
        for (_, line) in named.filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie")) {
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Some(Got { status, head, body: String::from_utf8_lossy(&body).into_owned() })
    }

    /// Publishes an event of the 19th of November 2031, and gives the address of its desk page.
    pub fn publish(&mut self, title: &str) -> String {
        let page = self.get("/desk/write");
        let main = scraper::Selector::parse("form[data-main]").unwrap();
        let to = {
            let page = scraper::Html::parse_document(&page.body);
            page.select(&main).next().unwrap().value().attr("action").unwrap().to_owned()
        };
        let fields = [("title", title), ("slot-0-day", "2031-11-19"), ("slot-0-from", "10:00"), ("do", "publish")];
        let sent = self.send(&to, &page, &fields);
        assert_eq!(sent.status, 303, "{}", sent.body);
        self.post(sent.to(), &[]).to().split('?').next().unwrap().to_owned()
    }

    /// Fills in the form of a page, over what stands there, and sends it.
    pub fn fill(&mut self, path: &str, fields: &[(&str, &str)]) -> Got {
        let page = self.get(path);
        assert_eq!(page.status, 200, "{path}: {}", page.head);
        self.send(path, &page, fields)
    }

    /// Sends the form of a page that was got, with these fields instead.
    pub fn send(&mut self, path: &str, page: &Got, fields: &[(&str, &str)]) -> Got {
        let mut all = page.form();
        for (name, value) in fields {
            all.retain(|(n, _)| n != name);
            all.push(((*name).to_owned(), (*value).to_owned()));
        }
        let all: Vec<(&str, &str)> = all.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        self.post(path, &all)
    }
}

fn unchunked(mut body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some(end) = body.windows(2).position(|w| w == b"\r\n") {
        let size = std::str::from_utf8(&body[..end]).ok().and_then(|text| usize::from_str_radix(text.trim(), 16).ok());
        let Some(size) = size.filter(|size| *size > 0) else { break };
        out.extend_from_slice(&body[end + 2..end + 2 + size]);
        body = &body[(end + 4 + size).min(body.len())..];
    }
    out
}

/// Where a picture of a page is kept, when somebody wants to look: `ESSAIM_TEST_PICTURES` names a folder.
pub fn pictures() -> Option<PathBuf> {
    std::env::var_os("ESSAIM_TEST_PICTURES").map(|folder| Path::new(&folder).to_owned())
}
