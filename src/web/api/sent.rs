//! What a program sends, as JSON; what can't be read is a [`Problem`].

use axum::{
    Json,
    extract::{FromRequest, Request, rejection::JsonRejection},
};

use crate::web::Problem;

/// A body of JSON.
#[derive(Debug)]
pub struct Sent<T>(pub T);

impl<S, T> FromRequest<S> for Sent<T>
where
    Json<T>: FromRequest<S, Rejection = JsonRejection>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(sent)) => Ok(Self(sent)),
            Err(error) => Err(Problem::new(error.status(), error.body_text())),
        }
    }
}
