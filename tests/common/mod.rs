//! What several tests share: events of every shape, hostile ones included.
#![allow(dead_code, reason = "each test uses its part")]

pub mod desk;
pub mod generate;
pub mod site;
pub mod tools;
