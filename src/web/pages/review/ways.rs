//! Ways from a page of the list to the one before and the next one.

use cliphound_store::{Listed, Queue};

use super::ON_A_PAGE;
use crate::web::{App, problem::Problem, review::filter::Filter};

/// The page that begins after a place of the list; after none it is the first one.
pub fn after(filter: &Filter, place: &str) -> String {
    format!("/review{}", filter.query_with(&[("after", place)]))
}

/// The page before the one that shows `queue` and begins with `first`, at its last moment; `None`
/// where nothing is before it. It is as long as any, however much was judged or found meanwhile.
pub async fn newer(
    app: &App,
    filter: &Filter,
    queue: &Queue,
    first: Option<&Listed>,
) -> Result<Option<String>, Problem> {
    let Some(begins_after) = &queue.after else { return Ok(None) };
    let place = first.map_or_else(|| begins_after.clone(), Listed::place);
    let above = Queue { after: None, before: Some(place), ..queue.clone() };
    let rows = app.store.queue(&above, ON_A_PAGE + 1).await?;
    let begins_after = rows.get(ON_A_PAGE as usize).map(|row| row.place().to_string());
    let last = rows.first().map(|row| row.moment.key.to_string());
    Ok(last.map(|last| {
        let begins_after = begins_after.unwrap_or_default();
        format!("/review{}", filter.query_with(&[("after", &begins_after), ("at", &last)]))
    }))
}
