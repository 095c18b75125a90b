//! Listening, answering, and ending cleanly.

use std::net::SocketAddr;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Why nothing listens at an address.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen at {address}: {source}; give another address with `listen` or --listen")]
pub struct Busy {
    address: SocketAddr,
    source: std::io::Error,
}

/// Takes an address, so that it is known to be free before anything else is done.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, Busy> {
    TcpListener::bind(address).await.map_err(|source| Busy { address, source })
}

/// Answers until told to stop; then lets the answers under way end.
pub fn serve(listener: TcpListener, router: Router, stop: Stop) -> JoinHandle<()> {
    tokio::spawn(async move {
        let served = axum::serve(listener, router).with_graceful_shutdown(stop.asked()).await;
        if let Err(error) = served {
            tracing::error!(%error, "a server ended");
        }
    })
}

/// The word to stop, heard by all who hold it.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Waits for Ctrl-C or SIGTERM, and tells everyone.
    pub fn on_signal() -> Stop {
        let (tell, hear) = watch::channel(false);
        tokio::spawn(async move {
            signal().await;
            let _ = tell.send(true);
        });
        Stop(hear)
    }

    /// A word of one's own, for a server that ends before the others.
    pub fn by_hand() -> (watch::Sender<bool>, Stop) {
        let (tell, hear) = watch::channel(false);
        (tell, Stop(hear))
    }

    /// Returns once stopping was asked for.
    pub async fn asked(mut self) {
        // An error means that nobody is left to ask, which comes to the same.
        let _ = self.0.wait_for(|stopped| *stopped).await;
    }
}

async fn signal() {
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut stream) => drop(stream.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}
