//! Whether the dashboard's address is free: `run` goes on without a dashboard where it is not.

use std::{
    io::{self, ErrorKind},
    net::SocketAddr,
};

use tokio::net::TcpSocket;

use super::finding::Finding;
use crate::{config::Config, daemon::lock};

const SUBJECT: &str = "dashboard";

pub(super) fn check(config: &Config) -> Option<Finding> {
    // Whoever runs in this folder has it.
    if lock::is_held(config.dir.path()) == Some(true) {
        return None;
    }
    config.web.listen.address().map(free)
}

fn free(address: SocketAddr) -> Finding {
    let error = match bind(address) {
        Ok(()) if address.port() == 0 => return Finding::ok(SUBJECT, "at any free port"),
        Ok(()) => return Finding::ok(SUBJECT, format!("{address} is free")),
        Err(error) => error,
    };
    let (why, how) = match error.kind() {
        ErrorKind::AddrInUse => ("is taken by another program".to_owned(), "end that one, or set"),
        ErrorKind::AddrNotAvailable => ("is no address of this machine".to_owned(), "set"),
        ErrorKind::PermissionDenied => ("may not be used by this user".to_owned(), "set"),
        _ => (format!("can't be used ({error})"), "set"),
    };
    let text = format!(
        "{address} {why}, so there will be no dashboard: {how} another web.listen, such as 127.0.0.1:8788"
    );
    Finding::warn(SUBJECT, text)
}

/// Takes it for an instant as `run` would, but without listening: nobody is in the way of anybody.
fn bind(address: SocketAddr) -> io::Result<()> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // Without it, connections that ended a minute ago would count; elsewhere it means another thing.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_port_that_is_taken_is_told() {
        let other = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = other.local_addr().unwrap();
        let taken = free(address).to_string();
        assert!(taken.starts_with("warn  dashboard") && taken.contains("is taken by"), "{taken}");
        assert!(free("127.0.0.1:0".parse().unwrap()).is_ok());
        // Of a documentation's network.
        let elsewhere = free("192.0.2.1:8787".parse().unwrap()).to_string();
        assert!(elsewhere.contains("is no address of this machine, so there"), "{elsewhere}");
        assert!(elsewhere.contains("dashboard: set another web.listen"), "{elsewhere}");
    }
}
