//! Tests of the service, over HTTP and a real database.

mod contract;
mod entries;
mod journeys;
mod support;
mod trail;
