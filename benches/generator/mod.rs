//! What the benches feed on: synthetic labs over real sockets, and the instruments to measure this process by.
//!
//! The labs are served by a process of their own, so that what the aggregator's process spends is the aggregator's.

pub mod events;
pub mod gauge;
pub mod labs;
