//! The last resort: a stream marker where no clip could be made.

use super::{api::ClipApi, context::Context, order::ClipOrder, row};

/// A marker marks the instant of its call: later it would lead nobody to the moment.
const WITHIN_MS: i64 = 600_000;

/// Marks the stream, once, if the channel is not known to be off line, the moment is not
/// long ago, and the account may. A dry run writes nothing to Twitch.
pub async fn set<A: ClipApi>(context: &Context<A>, order: &ClipOrder) {
    let Some(id) = &order.broadcaster_id else { return };
    if context.wishes().dry_run.is_some() {
        return;
    }
    let now_ms = context.time.to_twitch(context.time.clock().now_ms());
    let ago_ms = now_ms - order.moment.trigger.0;
    if order.offline.get() || ago_ms > WITHIN_MS || !context.api.may_mark() {
        return;
    }
    let channel = &order.login;
    match context.api.mark(id, &description(order, ago_ms)).await {
        Ok(()) => tracing::info!(%channel, "the moment has a stream marker instead of a clip"),
        Err(error) => tracing::info!(%channel, "nor could the stream be marked: {error}"),
    }
}

fn description(order: &ClipOrder, ago_ms: i64) -> String {
    format!("{} s before: {}", ago_ms.max(0) / 1000, row::in_words(&order.moment))
}
