//! Probes against real servers on loopback: good ones, slow ones, hostile ones.

#[cfg(test)]
mod convergence;
#[cfg(test)]
mod grpc;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod http;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tcp;
#[cfg(test)]
mod tls;
