//! What the agent decides and exchanges, on the way to the screen.

use tokio::sync::mpsc;

use crate::agent::core::Decision;
use crate::agent::shell::{Audience, News};
use crate::repl::feed::Feed;

/// Where the agent puts its news, and where they are taken. It must never wait; its requests, which wait for their replies, keep the
/// number of them small.
pub(crate) fn channel() -> (Audience, mpsc::UnboundedReceiver<News>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let audience = move |news| {
        // They are taken until the agent has ended.
        let _ = sender.send(news);
    };
    (Box::new(audience), receiver)
}

/// Shows news in order until the agent has ended. Returns the last decision.
pub(crate) async fn show(mut news: mpsc::UnboundedReceiver<News>, feed: Feed) -> Option<Decision> {
    let mut last: Option<Decision> = None;
    while let Some(news) = news.recv().await {
        match news {
            News::Decision(decision) => {
                let was_announced = last.take().is_some_and(|last| {
                    last.waits && last.does == decision.does && last.cause == decision.cause
                });
                feed.show_decision(decision.clone(), was_announced && !decision.waits);
                last = Some(decision);
            }
            News::Exchange(operation, attempt) => feed.take_exchange(&operation, &attempt).await,
        }
    }
    last
}
