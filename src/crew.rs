//! Tasks that must not die unseen: a panic is told, and ends the daemon.

use std::future::Future;

use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Spawns tasks under a name; one that panics sets off the alarm.
#[derive(Debug, Clone, Default)]
pub struct Crew {
    /// Every task that was spawned.
    pub tasks: TaskTracker,
    /// Cancelled when one of them panicked, or ended though it must not.
    pub alarm: CancellationToken,
}

impl Crew {
    /// Spawns a task.
    pub fn spawn(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let guard = Guard { name, alarm: self.alarm.clone() };
        self.tasks.spawn(async move {
            task.await;
            drop(guard);
        });
    }
}

/// Sets off the alarm when it is dropped by a panic.
struct Guard {
    name: &'static str,
    alarm: CancellationToken,
}

impl Drop for Guard {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!(task = self.name, "a task panicked: please report this as a bug");
            self.alarm.cancel();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_sets_off_the_alarm() {
        let crew = Crew::default();
        crew.spawn("calm", async {});
        crew.spawn("nervous", async { panic!("for the test") });
        crew.alarm.cancelled().await;
    }

    #[tokio::test]
    async fn an_end_does_not() {
        let crew = Crew::default();
        crew.spawn("calm", async {});
        crew.tasks.close();
        crew.tasks.wait().await;
        assert!(!crew.alarm.is_cancelled());
    }
}
