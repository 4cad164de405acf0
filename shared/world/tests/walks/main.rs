//! Walks through whole deployments, on a world without sockets and clocks.

#[cfg(test)]
mod codedeploy;
#[cfg(test)]
mod inputs;
#[cfg(test)]
mod native;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod rehearsal;
#[cfg(test)]
mod tasks;
#[cfg(test)]
mod traffic;
