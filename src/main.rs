//! Arguments to exit code; all else is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    essaim::command::main()
}
