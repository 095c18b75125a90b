//! essaim: events shared over feeds, each said once.
//!
//! A **node** lets a lab write its events and publishes them as a feed. An **aggregator** gathers many feeds, decides
//! which entries are the same event, and publishes the programme. Both publish through the same code, so that an
//! aggregator's feed can itself be gathered.
//!
//! ```text
//!  author ─► node ─► store ─► snapshot ─► feed ──(poll, push)──► fetch ─► parse ─► record ─► reconcile ─► snapshot ─► readers
//!          (import)                                                └────── aggregator ──────┘
//! ```
//!
//! The rooms, in the order of that path, from what everything rests on to what a person touches. Each names only rooms
//! above it in this list; `node` and `aggregator` never name each other, nor do `format` and `store`.
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

// What an event is: the whole profile, in types that hold no impossible value. No I/O, no clock.
pub mod event;

// Who said it and what we make of it: sources, entries, findings, decisions, the ledger, the programme. No I/O.
pub mod programme;

// Every sentence that a person reads, in French and in English.
pub mod language;

// Events to bytes and back, one file a format. `format::atom` alone knows how an event sits in Atom.
pub mod format;

// What happened at every stage, counted, in the text that monitoring reads.
pub mod metrics;

// The only SQL. Nobody else knows that there are two databases.
pub mod store;

// One polite, bounded GET. Hides all of HTTP.
pub mod fetch;

// Bytes into entries and findings, whatever the dialect.
pub mod parse;

// What is published, rendered at an instant and swapped in by one pointer.
pub mod snapshot;

// A lab's events: published, changed, cancelled, imported.
pub mod node;

// Many feeds into one programme: one round, every step named.
pub mod aggregator;

// Changes told at once, to those who follow us and by those whom we follow.
pub mod hub;

// The pages and feeds that everyone may read.
pub mod web;

// Configuration: plain data, read once, handed down.
pub mod config;

// The command line.
pub mod command;
