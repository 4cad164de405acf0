//! Suites run against a small server on loopback.

extern crate greenlight_smoke as smoke;

#[cfg(test)]
mod attempts;
#[cfg(test)]
mod deadline;
#[cfg(test)]
mod evidence;
#[cfg(test)]
mod files;
#[cfg(test)]
mod parallel;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod server;
#[cfg(test)]
mod support;
