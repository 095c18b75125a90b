//! The programs that tests run: essaim itself, and readers and validators that others wrote.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// The program under test, deaf to the environment's settings.
pub fn essaim() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_essaim"));
    let ours = |name: &str| name.starts_with("ESSAIM_");
    std::env::vars().filter(|(name, _)| ours(name)).for_each(|(name, _)| {
        command.env_remove(name);
    });
    command.env("LC_ALL", "C").current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

/// Runs to the end; gives the exit code and what was printed.
pub fn run(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (status.code().unwrap_or(-1), text(stdout), text(stderr))
}

/// A port nobody listens on, with `after` more behind it that are free too.
pub fn free_ports(after: u16) -> u16 {
    for _ in 0..50 {
        let first = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = first.local_addr().expect("an address").port();
        let room = port.checked_add(after).is_some();
        if room && (port + 1..=port + after).all(|p| std::net::TcpListener::bind(("127.0.0.1", p)).is_ok()) {
            return port;
        }
    }
    panic!("no {after} free ports in a row");
}

/// A program that runs beside the test, ended with it.
pub struct Running(pub Child);

impl Running {
    /// Starts a server and waits until it answers at `/healthz`.
    pub fn start(command: &mut Command, port: u16, log: &Path) -> Running {
        let log = std::fs::File::create(log).expect("a log");
        let child = command.stdout(log.try_clone().expect("a log")).stderr(log).stdin(Stdio::null()).spawn();
        let mut running = Running(child.expect("the program starts"));
        let until = Instant::now() + Duration::from_secs(60);
        while get(port, "/healthz").is_none() {
            assert!(running.0.try_wait().expect("its state").is_none(), "the program ended at once");
            assert!(Instant::now() < until, "the program does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        running
    }

    /// Asks it to end, as Ctrl-C does, and gives its exit code.
    pub fn interrupt(mut self) -> Option<i32> {
        let _ = Command::new("kill").args(["-INT", &self.0.id().to_string()]).status();
        let until = Instant::now() + Duration::from_secs(20);
        while Instant::now() < until {
            if let Ok(Some(status)) = self.0.try_wait() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        None
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The body of a page of this machine; `None` unless the answer is 200. Plain HTTP/1.0, so that nothing of ours is
/// between the test and the bytes.
pub fn get(port: u16, path: &str) -> Option<Vec<u8>> {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nAccept-Language: fr\r\n\r\n").ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n")?;
    // Some answer in a newer version than they were asked in.
    let well = answer.starts_with(b"HTTP/1.0 200") || answer.starts_with(b"HTTP/1.1 200");
    well.then(|| answer.split_off(end + 4))
}

/// A tool that the environment names. Without it a test says loudly that it is skipped; in CI it fails.
pub fn tool(variable: &str) -> Option<PathBuf> {
    match std::env::var_os(variable) {
        Some(path) => Some(path.into()),
        None if std::env::var_os("CI").is_some() => panic!("{variable} is not set: run tests/run"),
        None => {
            println!("SKIPPED: {variable} is not set; tests/run sets it");
            eprintln!("SKIPPED: {variable} is not set; tests/run sets it");
            None
        }
    }
}

/// A script of `tests/tools`, run by the Python that tests/run set up.
pub fn python(script: &str, files: &[PathBuf]) -> Option<(i32, String, String)> {
    let python = tool("ESSAIM_TEST_PYTHON")?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools").join(script);
    Some(run(Command::new(python).arg(script).args(files)))
}
