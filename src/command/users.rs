//! `essaim users`: who may sign in at a node's desk, from the shell.

use std::path::Path;

use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::{Done, Outcome, now, tongue};
use crate::config;
use crate::event::Line;
use crate::node::account::{Accounts, Token};
use crate::programme::account::{AccountName, Role};
use crate::store::Store;

/// What can be done.
#[derive(Subcommand)]
pub enum Command {
    /// Add an account, and print the link by which its owner chooses a password
    Add {
        /// What they sign in with: an address or a short name
        #[arg(value_name = "NAME")]
        name: AccountName,
        /// What the others call them; the name when it is not given
        #[arg(long, value_name = "WORDS")]
        shown: Option<Line>,
        /// What they may do
        #[arg(long, value_enum, default_value = "editor")]
        role: Role,
    },
    /// Who may sign in
    List,
    /// Print a link by which somebody chooses another password; once used, it ends all their sessions
    Reset {
        /// Whose
        #[arg(value_name = "NAME")]
        name: AccountName,
    },
    /// Take an account away; what it wrote stays
    Remove {
        /// Whose
        #[arg(value_name = "NAME")]
        name: AccountName,
    },
}

impl ValueEnum for Role {
    fn value_variants<'a>() -> &'a [Role] {
        &Role::ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(self.code()))
    }
}

/// Does it.
pub async fn run(config: &Path, json: bool, command: Command) -> Done {
    let config = config::Node::read(config)?;
    let store = Store::open(&config.database).await?;
    let accounts = Accounts::new(store.clone())?;
    let t = tongue();
    let say = |key: &str, name: &AccountName| {
        println!("{}", t.say_with(key, [("name", name.to_string().into())]));
    };
    let link = |token: &Token, name: &AccountName| {
        let link = format!("{}desk/invitation/{}", config.public_url, token.secret());
        if json {
            println!("{}", json!({ "name": name, "link": link }));
        } else {
            let arguments = [("name", name.to_string().into()), ("link", link.into())];
            println!("{}", t.say_with("command-users-link", arguments));
        }
    };
    let outcome = match command {
        Command::Add { name, shown, role } => {
            let shown = shown.map_or_else(|| Line::new(name.as_str()), Ok)?;
            match accounts.invite(name.clone(), shown, role, now()).await? {
                Ok(token) => {
                    link(&token, &name);
                    Outcome::Well
                }
                Err(_) => {
                    say("command-users-taken", &name);
                    Outcome::WithProblems
                }
            }
        }
        Command::List => {
            let all = store.accounts().await?;
            if json {
                let one = |account: &crate::programme::account::Account| {
                    json!({ "name": account.name, "shown": account.shown, "role": account.role.code(),
                        "settled": account.settled })
                };
                println!("{}", json!({ "accounts": all.iter().map(one).collect::<Vec<_>>() }));
            } else {
                for account in &all {
                    let invited = if account.settled { "" } else { &t.say("desk-account-invited") };
                    let comma = if account.settled { "" } else { ", " };
                    let role = t.say(&format!("desk-role-{}", account.role.code()));
                    println!("{}  {}, {role}{comma}{invited}", account.name, account.shown);
                }
            }
            Outcome::Well
        }
        Command::Reset { name } => match accounts.reset(&name, now()).await? {
            Some(token) => {
                link(&token, &name);
                Outcome::Well
            }
            None => {
                say("command-users-unknown", &name);
                Outcome::WithProblems
            }
        },
        Command::Remove { name } => {
            if store.account(&name).await?.is_none() {
                say("command-users-unknown", &name);
                Outcome::WithProblems
            } else if store.remove_account(&name).await? {
                say("command-users-removed", &name);
                Outcome::Well
            } else {
                say("command-users-last", &name);
                Outcome::WithProblems
            }
        }
    };
    store.close().await;
    Ok(outcome)
}
