//! The client against servers on loopback.

#[cfg(test)]
mod connections;
#[cfg(test)]
mod cookies;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod redirects;
#[cfg(test)]
mod sent;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod versions;
